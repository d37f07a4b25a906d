import { isObject } from '../api/json.ts'
import type { KubeApi } from '../api/kube-api.ts'
import { StatusError } from '../api/status-error.ts'
import type { Kubelet } from '../kubelet/kubelet.ts'
import { readObject } from './body.ts'
import type { Call } from './call.ts'
import type { Fault, Faults } from './faults.ts'
import type { Watches } from './watch.ts'

export interface ControlContext {
  api: KubeApi
  faults: Faults
  watches: Watches
  kubelets: () => readonly Kubelet[]
}

/**
 * What tests and chaos tell the devcluster, below `/devcluster/`, which no role but the administrators' group allows:
 * POST, GET and DELETE `faults`; POST `drop-watches`, `compact` (watches of the past get 410), `nodes/NAME/reboot`.
 */
export async function routeControl(context: ControlContext, call: Call): Promise<boolean> {
  const [, root, what, name, verb] = call.path.split('/')
  if (root !== 'devcluster') return false
  const { api, faults, watches, kubelets } = context
  if (what === 'faults' && call.method === 'GET') return answer(call, { faults: faults.list() })
  if (call.method === 'DELETE' && what === 'faults') faults.clear()
  else if (call.method !== 'POST') throw notFound()
  else if (what === 'faults') faults.add(await faultOf(call))
  else if (what === 'drop-watches') watches.dropAll()
  else if (what === 'compact') api.store.compact()
  else if (what === 'nodes' && verb === 'reboot') {
    const kubelet = kubelets().find((one) => one.name === name)
    if (!kubelet) throw new StatusError(404, 'NotFound', `there is no simulated node ${name}`)
    kubelet.reboot()
  } else throw notFound()
  return answer(call, {})
}

async function faultOf(call: Call): Promise<Fault> {
  const fault = (await readObject(call)) ?? {}
  if (!isObject(fault.effect))
    throw new StatusError(400, 'BadRequest', 'effect: Required value: status, delayMs, lostAnswer or staleRevisions')
  return fault as unknown as Fault
}

function answer(call: Call, body: object): true {
  call.send(200, body)
  return true
}

function notFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource')
}
