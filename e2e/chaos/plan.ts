import fc from 'fast-check'

/** Pods of a run. Pod N uses claim N, and every second one of them claim N + PODS besides. */
export const PODS = 6

/** What a run does, one thing after the other. Nodes, pods and claims are told by number. */
export type Step =
  | { do: 'claim'; claim: number; sizeMiB: number }
  | { do: 'pod'; pod: number }
  | { do: 'write'; pod: number }
  | { do: 'delete-pod'; pod: number; force: boolean }
  | { do: 'delete-claim'; claim: number }
  | { do: 'kill-agent'; node: number }
  | { do: 'start-agent'; node: number }
  | { do: 'kill-control-plane' }
  | { do: 'start-control-plane' }
  | { do: 'power-cut'; node: number }
  | { do: 'machine-fault'; node: number; fault: MachineFault }
  | { do: 'api-fault'; fault: ApiFault }
  | { do: 'drop-watches' }
  | { do: 'compact' }
  | { do: 'pause'; ms: number }

/** As in a simulated machine's `faults.json`. */
export interface MachineFault {
  operation: string
  skip: number
  effect: 'fail' | 'hang' | 'die-before' | 'die-after'
  hangMs?: number
}

/** As at `/devcluster/faults`. */
export interface ApiFault {
  user?: string
  resource: string
  skip: number
  times: number
  effect: { status: number } | { delayMs: number } | { lostAnswer: true } | { staleRevisions: number }
}

export const CONTROLLER = 'system:serviceaccount:kube-system:open-local-controller'
export const AGENT = 'system:serviceaccount:kube-system:open-local-agent'

const upTo = (count: number): fc.Arbitrary<number> => fc.nat({ max: count - 1 })

const machineFault = fc
  .record({
    operation: fc.constantFrom(
      'lvm.createLogicalVolume',
      'lvm.removeLogicalVolume',
      'lvm.report',
      'fileSystems.make',
      'devices.flush',
      'mounts.mount',
      'mounts.bind',
      'mounts.unmount',
      '*',
    ),
    skip: upTo(3),
    effect: fc.constantFrom('fail', 'hang', 'die-before', 'die-after'),
  })
  .map((fault): MachineFault => (fault.effect === 'hang' ? { ...fault, hangMs: 400 } : fault))

const apiFault: fc.Arbitrary<ApiFault> = fc.record({
  user: fc.constantFrom(CONTROLLER, AGENT),
  resource: fc.constantFrom(
    'nodelocalvolumes',
    'nodelocalvolumes/status',
    'nodelocalstorages',
    'nodelocalstorages/status',
    'csistoragecapacities',
    'pods',
    'persistentvolumeclaims',
    'persistentvolumes',
    'leases',
    'events',
  ),
  skip: upTo(3),
  times: fc.integer({ min: 1, max: 3 }),
  effect: fc.oneof(
    fc.constantFrom(409, 410, 429, 500, 503, 504).map((status) => ({ status })),
    fc.integer({ min: 10, max: 400 }).map((delayMs) => ({ delayMs })),
    fc.constant({ lostAnswer: true as const }),
    fc.integer({ min: 1, max: 40 }).map((staleRevisions) => ({ staleRevisions })),
  ),
})

const stepOn = (nodes: number): fc.Arbitrary<Step> => {
  const node = upTo(nodes)
  const pod = upTo(PODS)
  const claim = upTo(2 * PODS)
  const one = <Kind extends Step['do']>(kind: Kind) => fc.constant(kind)
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: one('claim'), claim, sizeMiB: fc.constantFrom(4, 64, 100, 256, 1000) }) },
    { weight: 8, arbitrary: fc.record({ do: one('pod'), pod }) },
    { weight: 4, arbitrary: fc.record({ do: one('write'), pod }) },
    { weight: 4, arbitrary: fc.record({ do: one('delete-pod'), pod, force: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: one('delete-claim'), claim }) },
    { weight: 2, arbitrary: fc.record({ do: one('kill-agent'), node }) },
    { weight: 2, arbitrary: fc.record({ do: one('start-agent'), node }) },
    { weight: 1, arbitrary: fc.record({ do: one('kill-control-plane') }) },
    { weight: 2, arbitrary: fc.record({ do: one('start-control-plane') }) },
    { weight: 1, arbitrary: fc.record({ do: one('power-cut'), node }) },
    { weight: 4, arbitrary: fc.record({ do: one('machine-fault'), node, fault: machineFault }) },
    { weight: 4, arbitrary: fc.record({ do: one('api-fault'), fault: apiFault }) },
    { weight: 1, arbitrary: fc.record({ do: one('drop-watches') }) },
    { weight: 1, arbitrary: fc.record({ do: one('compact') }) },
    { weight: 6, arbitrary: fc.record({ do: one('pause'), ms: fc.integer({ min: 5, max: 400 }) }) },
  )
}

/** The steps of a seed: the same for ever, as long as this file is the same. */
export function planOf(seed: number, nodes: number): Step[] {
  const steps = fc.array(stepOn(nodes), { minLength: 15, maxLength: 40, size: 'max' })
  return fc.sample(steps, { seed, numRuns: 1 })[0]!
}

/** The claims of a pod. */
export function claimsOf(pod: number): number[] {
  return pod % 2 === 0 ? [pod] : [pod, pod + PODS]
}
