import { createHash } from 'node:crypto'
import { type Api, controllerReference } from '../api/api.ts'
import type { KubeObject } from '../api/object.ts'
import { matchesLabels } from '../api/selectors.ts'
import { StatusError } from '../api/status-error.ts'
import type { LabelSelector, Pod, PodTemplate } from '../kinds.ts'

/** Whether a pod answers: the Ready condition. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
}

export function isActive(pod: Pod): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && !pod.metadata.deletionTimestamp
}

/** Ten letters that are the same for the same template. */
export function templateHash(template: PodTemplate): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  const digest = createHash('sha256').update(JSON.stringify(template)).digest()
  return [...digest.subarray(0, 10)].map((byte) => letters[byte % letters.length]).join('')
}

/** The owner's pods: those that it controls. */
export function ownedBy<T extends KubeObject>(api: Api, resource: string, owner: KubeObject): T[] {
  return api
    .list<T>(resource, { namespace: owner.metadata.namespace })
    .filter((object) =>
      object.metadata.ownerReferences?.some((ref) => ref.controller && ref.uid === owner.metadata.uid),
    )
}

/** `default/web` of the controller of an object, when it is of that kind. */
export function controllerKey(object: KubeObject, kind: string): string | undefined {
  const owner = object.metadata.ownerReferences?.find((ref) => ref.controller)
  return owner?.kind === kind ? `${object.metadata.namespace}/${owner.name}` : undefined
}

/** Takes objects without a controller that the selector fits: left by an orphaning deletion. */
export function adopt<T extends KubeObject>(
  api: Api,
  resource: string,
  owner: KubeObject,
  selector: LabelSelector | undefined,
): void {
  for (const object of api.list<T>(resource, { namespace: owner.metadata.namespace })) {
    const { ownerReferences = [], labels, deletionTimestamp, namespace, name, uid } = object.metadata
    if (deletionTimestamp || ownerReferences.some((ref) => ref.controller) || !matchesLabels(selector, labels)) continue
    api.patch(resource, namespace, name, {
      metadata: { uid, ownerReferences: [...ownerReferences, controllerReference(owner)] },
    })
  }
}

export interface PodMaker {
  component: string
  /** Of the pod; absent for a generated one. */
  name?: string
  labels?: Record<string, string>
  change?(pod: Pod): void
}

/** Creates a pod of a template and says so, as `SuccessfulCreate` or `FailedCreate`. False when it was refused. */
export function createPod(api: Api, owner: KubeObject, template: PodTemplate, maker: PodMaker): boolean {
  const { metadata } = owner
  const pod = structuredClone({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(maker.name ? { name: maker.name } : { generateName: `${metadata.name}-` }),
      namespace: metadata.namespace,
      labels: { ...template.metadata?.labels, ...maker.labels },
      annotations: template.metadata?.annotations,
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  }) as unknown as Pod
  maker.change?.(pod)
  try {
    const { name } = api.create<Pod>('pods', pod).metadata
    const message = maker.name
      ? `create Pod ${name} in ${owner.kind} ${metadata.name} successful`
      : `Created pod: ${name}`
    api.event(owner, { type: 'Normal', reason: 'SuccessfulCreate', message, component: maker.component })
    return true
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    if (error.reason === 'AlreadyExists') return false
    api.event(owner, {
      type: 'Warning',
      reason: 'FailedCreate',
      message: `Error creating: ${error.message}`,
      component: maker.component,
    })
    return false
  }
}

export function deletePod(api: Api, owner: KubeObject, pod: Pod, component: string): void {
  const { namespace, name, uid } = pod.metadata
  if (pod.metadata.deletionTimestamp) return
  try {
    api.delete('pods', namespace, name, { uid })
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return
    throw error
  }
  const message =
    owner.kind === 'StatefulSet'
      ? `delete Pod ${name} in StatefulSet ${owner.metadata.name} successful`
      : `Deleted pod: ${name}`
  api.event(owner, { type: 'Normal', reason: 'SuccessfulDelete', message, component })
}
