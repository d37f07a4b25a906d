import { beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { allLogicalVolumes, freeBytes } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

const delay = ['--wait=false'] as const

export function deleteOrders(system: () => System): void {
  describe('deleting in any order gives the space back', () => {
    let before: Record<string, bigint>
    beforeAll(async () => {
      before = await freeBytes(system())
    })

    it.each([
      ['pod, claim, volume', ['pod', 'pvc', 'pv']],
      ['claim, pod, volume', ['pvc', 'pod', 'pv']],
      ['volume, claim, pod', ['pv', 'pvc', 'pod']],
      ['class, claim, pod', ['class', 'pvc', 'pod']],
      ['the namespace', []],
    ] as const)('%s', async (_, order) => {
      const ws = new Workspace(system(), `delete-${order.join('-') || 'namespace'}`)
      await ws.create()
      const className = `class-${ws.namespace}`
      await system().kubectl(['apply', '-f', '-'], { input: classManifest(className) })
      try {
        await ws.apply('claim.yaml', { 'open-local-lvm': className, '256Mi': '64Mi' })
        await ws.apply('pod.yaml')
        await ws.running('writer')
        const volume = (await ws.claim('data')).spec.volumeName!
        const remove = {
          pod: () => ws.kubectl('delete', 'pod', 'writer', ...delay),
          pvc: () => ws.kubectl('delete', 'pvc', 'data', ...delay),
          pv: () => system().kubectl(['delete', 'pv', volume, '--ignore-not-found', ...delay]),
          class: () => system().kubectl(['delete', 'storageclass', className]),
        }
        for (const step of order) await remove[step]()
        await ws.remove()
        expect((await allLogicalVolumes(system())).filter((lv) => lv.name === volume)).toEqual([])
        const left = await system().kubectl(['get', 'pv', volume, '--ignore-not-found', '-o', 'name'])
        expect(left.stdout).toBe('')
        expect(await freeBytes(system())).toEqual(before)
      } finally {
        await system().kubectl(['delete', 'storageclass', className, '--ignore-not-found'])
      }
    })
  })
}

function classManifest(name: string): string {
  return JSON.stringify({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'local.csi.aliyun.com',
    parameters: { volumeType: 'LVM' },
    volumeBindingMode: 'WaitForFirstConsumer',
    reclaimPolicy: 'Delete',
  })
}
