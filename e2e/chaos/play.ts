import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeApiError } from '../harness/kube-api.ts'
import type { SimulatedSystem } from '../harness/simulated-system.ts'
import { until } from '../harness/until.ts'
import { freeBytes } from '../scenarios/support/disk.ts'
import { checkHealed, checkNothingLeft } from './check.ts'
import { claimsOf, type MachineFault, planOf, type Step } from './plan.ts'

const CLASS = 'open-local-lvm'

/** What a pod wrote, by the UID of the claim it wrote to: a claim made anew has lost it rightly. */
export type Written = Map<string, { pod: string; path: string; text: string }>

/**
 * Plays the steps of a seed in a namespace of its own, heals all that was broken, and checks that nothing is lost,
 * promised twice or left over. Rejects with what is wrong, the steps included; the system is then not fit for more.
 */
export async function playSeed(system: SimulatedSystem, seed: number): Promise<void> {
  const steps = planOf(seed, system.machines.length)
  let at = -1
  try {
    const run = new Run(system, `chaos-${seed}`)
    const before = await freeBytes(system)
    await system.api.post('/api/v1/namespaces', { metadata: { name: run.namespace } })
    for (const step of steps) {
      at++
      await run.play(step)
    }
    at++
    await run.heal()
    await checkHealed(system, run.namespace, run.written)
    await run.clear()
    await checkNothingLeft(system, before)
  } catch (error) {
    const list = steps.map((step, n) => `${n === at ? '→' : ' '} ${n} ${JSON.stringify(step)}`)
    const where = at === steps.length ? '→ healed, and looked at' : ''
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${list.join('\n')}\n${where}`, { cause: error })
  }
}

class Run {
  readonly namespace: string
  readonly written: Written = new Map()
  readonly #system: SimulatedSystem
  #writes = 0

  constructor(system: SimulatedSystem, namespace: string) {
    this.#system = system
    this.namespace = namespace
  }

  async play(step: Step): Promise<void> {
    const { api, controlPlane } = this.#system
    switch (step.do) {
      case 'claim':
        return this.#create('persistentvolumeclaims', claim(step.claim, step.sizeMiB))
      case 'pod':
        for (const one of claimsOf(step.pod)) await this.#create('persistentvolumeclaims', claim(one, 64))
        return this.#create('pods', pod(step.pod))
      case 'write':
        return this.#write(step.pod)
      case 'delete-pod':
        return this.#delete('pods', `pod-${step.pod}`, step.force ? '?gracePeriodSeconds=0' : '')
      case 'delete-claim':
        return this.#delete('persistentvolumeclaims', `claim-${step.claim}`)
      case 'kill-agent':
        return this.#agent(step.node).kill()
      case 'start-agent':
        return this.#agent(step.node).start()
      case 'kill-control-plane':
        return controlPlane.kill()
      case 'start-control-plane':
        return controlPlane.start()
      case 'power-cut':
        await this.#agent(step.node).kill()
        await this.#machine(step.node).reboot()
        return this.#agent(step.node).start()
      case 'machine-fault':
        return this.#strike(step.node, step.fault)
      case 'api-fault':
        await api.post('/devcluster/faults', step.fault)
        return
      case 'drop-watches':
        await api.post('/devcluster/drop-watches', {})
        return
      case 'compact':
        await api.post('/devcluster/compact', {})
        return
      case 'pause':
        await sleep(step.ms)
    }
  }

  /** Every fault is taken away and every program runs. */
  async heal(): Promise<void> {
    const { api, machines, controlPlane, agent } = this.#system
    await api.delete('/devcluster/faults')
    for (const { stateDir } of machines) await rm(join(stateDir, 'faults.json'), { force: true })
    await Promise.all([controlPlane.start(), ...machines.map((machine) => agent(machine).start())])
  }

  /** Deletes all that the run made, and waits until it is gone. */
  async clear(): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}`
    await this.#system.api.delete(path)
    await until(() => this.#gone(path), { what: `${this.namespace} is gone`, timeoutMs: 60_000, everyMs: 50 })
  }

  async #gone(path: string): Promise<boolean> {
    return this.#system.get(path).then(() => false, isStatus(404))
  }

  /** Names the file by its claim. Does nothing unless the pod runs. */
  async #write(number: number): Promise<void> {
    const name = `pod-${number}`
    const pods = `/api/v1/namespaces/${this.namespace}/pods`
    const found = await this.#system
      .get<{ metadata: { deletionTimestamp?: string }; status?: { phase?: string } }>(`${pods}/${name}`)
      .catch(() => undefined)
    if (found?.status?.phase !== 'Running' || found.metadata.deletionTimestamp) return
    for (const one of claimsOf(number)) {
      const { metadata } = await this.#system.get<{ metadata: { uid: string } }>(
        `/api/v1/namespaces/${this.namespace}/persistentvolumeclaims/claim-${one}`,
      )
      const path = `/claim-${one}/file`
      const text = `${this.namespace} ${this.#writes++}`
      await this.#system.podFiles(this.namespace, name).write(path, text)
      this.written.set(metadata.uid, { pod: name, path, text })
    }
  }

  async #strike(node: number, fault: MachineFault): Promise<void> {
    await writeFile(join(this.#machine(node).stateDir, 'faults.json'), JSON.stringify([fault]))
  }

  /** What is there already stays as it is. */
  async #create(resource: string, object: object): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}/${resource}`
    await this.#system.api.post(path, object).catch(isStatus(409))
  }

  async #delete(resource: string, name: string, query = ''): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}/${resource}/${name}${query}`
    await this.#system.api.delete(path).catch(isStatus(404))
  }

  #machine(node: number): SimulatedSystem['machines'][number] {
    return this.#system.machines[node]!
  }

  #agent(node: number): ReturnType<SimulatedSystem['agent']> {
    return this.#system.agent(this.#machine(node))
  }
}

function claim(number: number, sizeMiB: number): object {
  return {
    metadata: { name: `claim-${number}` },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: CLASS,
      resources: { requests: { storage: `${sizeMiB}Mi` } },
    },
  }
}

function pod(number: number): object {
  const names = claimsOf(number).map((one) => `claim-${one}`)
  const volumeMounts = names.map((name) => ({ name, mountPath: `/${name}` }))
  return {
    metadata: { name: `pod-${number}` },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'none', volumeMounts }],
      volumes: names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    },
  }
}

/** Swallows that answer of the API server; true stands for it. */
function isStatus(status: number): (error: unknown) => true {
  return (error) => {
    if (error instanceof KubeApiError && error.status === status) return true
    throw error
  }
}
