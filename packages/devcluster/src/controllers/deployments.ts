import { type Api, controllerReference } from '../api/api.ts'
import { sameJson } from '../api/json.ts'
import { keyOf } from '../api/object.ts'
import type { Condition } from '../kinds.ts'
import type { Log } from '../log.ts'
import type { Deployment, ReplicaSet } from '../rules/workloads.ts'
import { type Controller, KeyQueue } from './controller.ts'
import { adopt, controllerKey, ownedBy, templateHash } from './pod-control.ts'
import { REPLICA_SETS } from './replica-sets.ts'

const DEPLOYMENTS = 'deployments.apps'
const COMPONENT = 'deployment-controller'
const REVISION = 'deployment.kubernetes.io/revision'
const HASH = 'pod-template-hash'

/** Rolls from one template to the next, within what may be unavailable or above the count. */
export class Deployments implements Controller {
  readonly #api: Api
  readonly #queue: KeyQueue
  readonly #now: () => string
  #stops: (() => void)[] = []

  constructor(api: Api, log: Log, now: () => string) {
    this.#api = api
    this.#now = now
    this.#queue = new KeyQueue(log, (key) => this.#sync(key))
  }

  start(): void {
    this.#stops = [
      this.#api.watch<Deployment>(DEPLOYMENTS, ({ object }) => this.#queue.add(keyOf(object))),
      this.#api.watch<ReplicaSet>(REPLICA_SETS, ({ object }) => {
        const key = controllerKey(object, 'Deployment')
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
    const deployment = this.#api.get<Deployment>(DEPLOYMENTS, namespace, name)
    if (!deployment || deployment.metadata.deletionTimestamp) return
    adopt(this.#api, REPLICA_SETS, deployment, deployment.spec.selector)
    const sets = ownedBy<ReplicaSet>(this.#api, REPLICA_SETS, deployment)
    const same = (set: ReplicaSet): boolean => sameJson(withoutHash(set.spec.template), deployment.spec.template)
    const current = sets.find(same) ?? (deployment.spec.paused ? undefined : this.#create(deployment, sets))
    const old = sets.filter((set) => set !== current)
    if (current) {
      this.#raiseRevision(deployment, current, old)
      if (deployment.spec.strategy?.type === 'Recreate') this.#recreate(deployment, current, old)
      else this.#roll(deployment, current, old)
      this.#forgetOld(deployment, old)
    }
    this.#writeStatus(deployment, current?.metadata.name)
  }

  #create(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet {
    const { name, namespace } = deployment.metadata
    const { spec } = deployment
    const hash = templateHash(spec.template)
    const template = {
      ...spec.template,
      metadata: { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, [HASH]: hash } },
    }
    const revision = Math.max(0, ...sets.map(revisionOf)) + 1
    return this.#api.create<ReplicaSet>(REPLICA_SETS, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: template.metadata.labels,
        annotations: { [REVISION]: String(revision) },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: 0,
        selector: { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [HASH]: hash } },
        template,
        ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      },
    })
  }

  /** A template that comes back is the newest again. */
  #raiseRevision(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
    const { name, namespace, annotations } = deployment.metadata
    const newest = Math.max(0, ...old.map(revisionOf))
    const revision = revisionOf(current) > newest ? revisionOf(current) : newest + 1
    const patch = { metadata: { annotations: { [REVISION]: String(revision) } } }
    if (revisionOf(current) !== revision) this.#api.patch(REPLICA_SETS, namespace, current.metadata.name, patch)
    if (annotations?.[REVISION] !== String(revision)) this.#api.patch(DEPLOYMENTS, namespace, name, patch)
  }

  #recreate(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
    for (const set of old) this.#scale(deployment, set, 0)
    if (old.every((set) => (set.status?.replicas ?? 0) === 0))
      this.#scale(deployment, current, deployment.spec.replicas ?? 1)
  }

  #roll(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
    const wanted = deployment.spec.replicas ?? 1
    const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {}
    const surge = part(maxSurge, wanted, Math.ceil)
    const unavailable = part(maxUnavailable, wanted, Math.floor) || (surge === 0 ? 1 : 0)
    const count = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0)
    const own = current.spec.replicas ?? 0
    const room = wanted + surge - count(old) - own
    const next = own > wanted ? wanted : Math.min(wanted, own + Math.max(0, room))
    this.#scale(deployment, current, next)
    if (next !== own) return
    const available = [...old, current].reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
    let spare = available - (wanted - unavailable)
    for (const set of old) {
      const has = set.spec.replicas ?? 0
      // Pods that do not answer may always go.
      const idle = has - Math.min(has, set.status?.availableReplicas ?? 0)
      const take = Math.min(has, Math.max(idle, spare))
      if (take > 0) this.#scale(deployment, set, has - take)
      spare -= Math.max(0, take - idle)
    }
  }

  #scale(deployment: Deployment, set: ReplicaSet, replicas: number): void {
    const from = set.spec.replicas ?? 0
    if (from === replicas) return
    const { namespace, name } = set.metadata
    this.#api.patch(REPLICA_SETS, namespace, name, { spec: { replicas } })
    const message = `Scaled ${replicas > from ? 'up' : 'down'} replica set ${name} from ${from} to ${replicas}`
    this.#api.event(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message, component: COMPONENT })
  }

  #forgetOld(deployment: Deployment, old: readonly ReplicaSet[]): void {
    const empty = old.filter((set) => !set.spec.replicas && !set.status?.replicas)
    const keep = deployment.spec.revisionHistoryLimit ?? 10
    const oldest = empty.toSorted((a, b) => revisionOf(a) - revisionOf(b))
    for (const { metadata } of oldest.slice(0, Math.max(0, empty.length - keep)))
      this.#api.delete(REPLICA_SETS, metadata.namespace, metadata.name, {})
  }

  #writeStatus(deployment: Deployment, currentName: string | undefined): void {
    const { namespace, name, generation } = deployment.metadata
    const sets = ownedBy<ReplicaSet>(this.#api, REPLICA_SETS, deployment)
    const current = sets.find((set) => set.metadata.name === currentName)
    const sum = (of: (status: NonNullable<ReplicaSet['status']>) => number | undefined): number =>
      sets.reduce((total, set) => total + ((set.status && of(set.status)) ?? 0), 0)
    const wanted = deployment.spec.replicas ?? 1
    const [replicas, ready, available] = [
      sum((s) => s.replicas),
      sum((s) => s.readyReplicas),
      sum((s) => s.availableReplicas),
    ]
    const updated = current?.status?.replicas ?? 0
    const { maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {}
    const enough = available >= wanted - part(maxUnavailable, wanted, Math.floor)
    const done = updated === wanted && available === wanted && replicas === wanted
    const conditions = [
      this.#condition(
        deployment,
        'Available',
        enough,
        enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`,
      ),
      this.#condition(
        deployment,
        'Progressing',
        true,
        done ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
        `ReplicaSet "${currentName}" ${done ? 'has successfully progressed' : 'is progressing'}.`,
      ),
    ]
    const status = {
      observedGeneration: generation,
      replicas: replicas || null,
      updatedReplicas: updated || null,
      readyReplicas: ready || null,
      availableReplicas: available || null,
      unavailableReplicas: Math.max(0, wanted - available) || null,
      conditions,
    }
    this.#api.patch(DEPLOYMENTS, namespace, name, { status }, 'status')
  }

  #condition(
    deployment: Deployment,
    type: string,
    holds: boolean,
    reason: string,
    message: string,
  ): Condition & { lastUpdateTime?: string } {
    const status = holds ? 'True' : 'False'
    const old = deployment.status?.conditions?.find((condition) => condition.type === type)
    if (old?.status === status && old.reason === reason && old.message === message) return old
    const now = this.#now()
    return {
      type,
      status,
      lastUpdateTime: now,
      lastTransitionTime: old?.status === status ? old.lastTransitionTime : now,
      reason,
      message,
    }
  }
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0)
}

function withoutHash(template: ReplicaSet['spec']['template']): object {
  const { [HASH]: _, ...labels } = template.metadata?.labels ?? {}
  return { ...template, metadata: { ...template.metadata, labels } }
}

/** `25%` or `2` of a count. */
function part(value: number | string | undefined, of: number, round: (n: number) => number): number {
  if (typeof value === 'string') return round((Number.parseInt(value, 10) * of) / 100)
  return value ?? 0
}
