import { request } from 'node:https'
import type { RealSystem } from '@open-local/e2e/system'

/** Processes that the agent of a node has started, by command: its own counter, read as Kubernetes lets the controller read it. */
export async function commandCounts(
  system: RealSystem,
  node: RealSystem['cluster']['nodes'][number],
): Promise<Map<string, number>> {
  const token = (
    await system.cluster.kubectl(['create', 'token', 'open-local-controller', '-n', 'kube-system'])
  ).stdout.trim()
  const text = await new Promise<string>((resolve, reject) => {
    const options = {
      host: node.address,
      port: 9808,
      path: '/metrics',
      headers: { authorization: `Bearer ${token}` },
      ca: system.cluster.controlPlane.authority.certificatePem,
    }
    request(options, async (response) => {
      const body = (await response.setEncoding('utf8').toArray()).join('')
      if (response.statusCode === 200) resolve(body)
      else reject(new Error(`the agent's metrics answered ${response.statusCode}`))
    })
      .on('error', reject)
      .end()
  })
  const counts = new Map<string, number>()
  for (const [, command = '', value] of text.matchAll(
    /^open_local_host_commands_total\{command="([^"]+)"[^}]*\} (\S+)$/gm,
  )) {
    counts.set(command, (counts.get(command) ?? 0) + Number(value))
  }
  return counts
}

const lvmCommands = /^(lvm|lv|vg|pv)/

/** LVM processes among what came between two readings. */
export function lvmProcesses(
  before: Map<string, number>,
  after: Map<string, number>,
): { count: number; which: string } {
  const grown = [...after]
    .map(([command, n]) => [command, n - (before.get(command) ?? 0)] as const)
    .filter(([command, n]) => n > 0 && lvmCommands.test(command))
  return {
    count: grown.reduce((sum, [, n]) => sum + n, 0),
    which: grown.map(([command, n]) => `${command} ${n}`).join(', '),
  }
}
