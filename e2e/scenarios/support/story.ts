import type { System } from '../../harness/system.ts'

/** All there is to know after a failed scenario: objects, events, what LVM says, and the ends of our logs. */
export async function story(system: System, title: string): Promise<string> {
  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await system.kubectl(args, { reject: false, timeoutMs: 30_000 })
    return `$ kubectl ${args.join(' ')}\n${stdout}${stderr}`
  }
  const disks = system.machines.map((machine) => machine.story())
  const parts = await Promise.allSettled([
    kubectl('get', 'nodes,pv,nls,nlv,nlsc', '-o', 'wide'),
    kubectl('get', 'pods,pvc', '-A', '-o', 'wide'),
    kubectl('describe', 'nlv'),
    kubectl('get', 'events', '-A', '--sort-by=.metadata.creationTimestamp', '--field-selector=type!=Normal'),
    ...disks,
    system.logs(),
  ])
  const texts = parts.map((part) => (part.status === 'fulfilled' ? part.value : `not to be had: ${part.reason}`))
  return [`─── the story of: ${title}`, ...texts, '───'].join('\n')
}
