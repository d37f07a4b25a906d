import { type Api, controllerReference } from '../api/api.ts'
import { keyOf } from '../api/object.ts'
import { StatusError } from '../api/status-error.ts'
import type { Claim, Pod } from '../kinds.ts'
import type { Log } from '../log.ts'
import type { ClaimTemplate, StatefulSet } from '../rules/workloads.ts'
import { type Controller, KeyQueue } from './controller.ts'
import { controllerKey, createPod, deletePod, isReady, ownedBy, templateHash } from './pod-control.ts'

const STATEFUL_SETS = 'statefulsets.apps'
const COMPONENT = 'statefulset-controller'
const REVISION = 'controller-revision-hash'
const RETRY_MS = 5_000

/** Pods with ordinals and claims of their own: made in order, taken away in reverse order. */
export class StatefulSets implements Controller {
  readonly #api: Api
  readonly #queue: KeyQueue
  #stops: (() => void)[] = []

  constructor(api: Api, log: Log) {
    this.#api = api
    this.#queue = new KeyQueue(log, (key) => this.#sync(key))
  }

  start(): void {
    this.#stops = [
      this.#api.watch<StatefulSet>(STATEFUL_SETS, ({ object }) => this.#queue.add(keyOf(object))),
      this.#api.watch<Pod>('pods', ({ object }) => {
        const key = controllerKey(object, 'StatefulSet')
        if (key) this.#queue.add(key)
      }),
    ]
  }

  stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    return this.#queue.stop()
  }

  #sync(key: string): void {
    const [namespace, name = ''] = key.split('/')
    const set = this.#api.get<StatefulSet>(STATEFUL_SETS, namespace, name)
    if (!set) return
    if (!set.metadata.deletionTimestamp) this.#step(set)
    this.#writeStatus(set)
  }

  /** One step at a time, unless pods may be managed in parallel; the next one follows when a pod has changed. */
  #step(set: StatefulSet): void {
    const first = set.spec.ordinals?.start ?? 0
    const end = first + (set.spec.replicas ?? 1)
    const parallel = set.spec.podManagementPolicy === 'Parallel'
    const pods = new Map(ownedBy<Pod>(this.#api, 'pods', set).map((pod) => [ordinalOf(pod), pod]))
    for (let ordinal = first; ordinal < end; ordinal++) {
      const pod = pods.get(ordinal)
      const failed = pod?.status?.phase === 'Failed' || pod?.status?.phase === 'Succeeded'
      if (!pod) this.#create(set, ordinal)
      else if (failed) deletePod(this.#api, set, pod, COMPONENT)
      if ((!pod || failed || pod.metadata.deletionTimestamp || !isReady(pod)) && !parallel) return
    }
    const surplus = [...pods].filter(([ordinal]) => ordinal < first || ordinal >= end).sort(([a], [b]) => b - a)
    for (const [, pod] of surplus) {
      deletePod(this.#api, set, pod, COMPONENT)
      if (!parallel) return
    }
    if (set.spec.updateStrategy?.type === 'OnDelete') return
    const revision = this.#revision(set)
    const partition = Math.max(first, set.spec.updateStrategy?.rollingUpdate?.partition ?? 0)
    for (let ordinal = end - 1; ordinal >= partition; ordinal--) {
      const pod = pods.get(ordinal)
      if (!pod) return
      const old = pod.metadata.labels?.[REVISION] !== revision
      if (old) deletePod(this.#api, set, pod, COMPONENT)
      if (old || !isReady(pod)) return
    }
  }

  #create(set: StatefulSet, ordinal: number): void {
    const { name: setName, namespace } = set.metadata
    const name = `${setName}-${ordinal}`
    const templates = set.spec.volumeClaimTemplates ?? []
    for (const template of templates) this.#ensureClaim(set, template, `${template.metadata.name}-${name}`)
    const made = createPod(this.#api, set, set.spec.template, {
      component: COMPONENT,
      name,
      labels: {
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [REVISION]: this.#revision(set),
      },
      change({ spec }) {
        spec.hostname = name
        if (set.spec.serviceName) spec.subdomain = set.spec.serviceName
        const own = templates.map(({ metadata }) => ({
          name: metadata.name,
          persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
        }))
        spec.volumes = [...(spec.volumes ?? []).filter((v) => !own.some((o) => o.name === v.name)), ...own]
      },
    })
    if (!made) this.#queue.addAfter(`${namespace}/${setName}`, RETRY_MS)
  }

  #ensureClaim(set: StatefulSet, template: ClaimTemplate, name: string): void {
    const { namespace, name: setName } = set.metadata
    if (this.#api.get('persistentvolumeclaims', namespace, name)) return
    const owned = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete'
    try {
      this.#api.create<Claim>('persistentvolumeclaims', {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name,
          namespace,
          labels: { ...template.metadata.labels, ...set.spec.selector?.matchLabels },
          annotations: template.metadata.annotations,
          ...(owned ? { ownerReferences: [controllerReference(set)] } : {}),
        },
        spec: template.spec,
      })
      const message = `create Claim ${name} Pod ${name.slice(template.metadata.name.length + 1)} in StatefulSet ${setName} success`
      this.#api.event(set, { type: 'Normal', reason: 'SuccessfulCreate', message, component: COMPONENT })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      const message = `create Claim ${name} in StatefulSet ${setName} failed error: ${error.message}`
      this.#api.event(set, { type: 'Warning', reason: 'FailedCreate', message, component: COMPONENT })
    }
  }

  #revision(set: StatefulSet): string {
    return `${set.metadata.name}-${templateHash(set.spec.template)}`
  }

  #writeStatus(set: StatefulSet): void {
    const { namespace, name, generation } = set.metadata
    const pods = ownedBy<Pod>(this.#api, 'pods', set)
    const revision = this.#revision(set)
    const updated = pods.filter(
      (pod) => pod.metadata.labels?.[REVISION] === revision && !pod.metadata.deletionTimestamp,
    ).length
    const ready = pods.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp).length
    const allUpdated = updated === (set.spec.replicas ?? 1) && pods.length === updated
    const status = {
      observedGeneration: generation,
      replicas: pods.length,
      readyReplicas: ready || null,
      availableReplicas: ready,
      updatedReplicas: updated || null,
      currentReplicas: (allUpdated ? updated : pods.length - updated) || null,
      updateRevision: revision,
      currentRevision: allUpdated ? revision : (set.status?.currentRevision ?? revision),
      collisionCount: 0,
    }
    this.#api.patch(STATEFUL_SETS, namespace, name, { status }, 'status')
  }
}

function ordinalOf({ metadata }: Pod): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1))
}
