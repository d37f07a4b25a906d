import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RealSystem } from '@open-local/e2e/system'
import { until } from '@open-local/e2e/until'
import { type Figure, percentile, seconds } from './report.ts'

const COUNT = 5
const manifests = join(import.meta.dirname, '../e2e/manifests')

/** A claim and its pod, as a developer applies them: until Bound, until the container runs. One at a time. */
export async function claimTimes(system: RealSystem): Promise<Figure[]> {
  const { cluster } = system
  const [claim, pod] = await Promise.all(
    ['claim.yaml', 'pod.yaml'].map((file) => readFile(join(manifests, file), 'utf8')),
  )
  const bound: number[] = []
  const running: number[] = []
  for (let i = 0; i < COUNT; i++) {
    const from = performance.now()
    await cluster.kubectl(['apply', '-f', '-'], { input: `${claim}\n---\n${pod}` })
    const phase = async (path: string) => (await cluster.get<{ status?: { phase?: string } }>(path)).status?.phase
    await until(async () => (await phase('/api/v1/namespaces/default/persistentvolumeclaims/data')) === 'Bound', {
      what: 'the claim is Bound',
      timeoutMs: 120_000,
      everyMs: 50,
    })
    bound.push(performance.now() - from)
    await until(async () => (await phase('/api/v1/namespaces/default/pods/writer')) === 'Running', {
      what: 'the pod runs',
      timeoutMs: 180_000,
      everyMs: 50,
    })
    running.push(performance.now() - from)
    await cluster.kubectl(['delete', 'pod/writer', 'pvc/data', '--wait=true'])
  }
  const line = (samples: number[]) => `p50 ${seconds(percentile(samples, 0.5))}, max ${seconds(Math.max(...samples))}`
  return [
    { what: `claim applied → Bound (${COUNT})`, value: line(bound) },
    { what: `claim applied → container running (${COUNT}, emulated machine)`, value: line(running) },
  ]
}
