import { VolumeLocks } from '@open-local/csi'
import { applyMergePatch, mergePatchOf } from '@open-local/kube'
import { type NodeLocalVolume, VOLUME_FINALIZER } from '@open-local/shared'
import { LvmPicture } from '../host/lvm-picture.ts'
import { type SimulatedHost, simulatedHost } from '../host/simulated-host.ts'
import type { CreationJournal } from './creation-journal.ts'
import { type ReconcileContext, reconcileVolume, type VolumeStore } from './reconcile-volume.ts'

/** For tests: a simulated machine with `pool0` on two 4 GiB disks, an API of one kind, and an agent that may die. */
export class VolumeBed {
  readonly host: SimulatedHost = simulatedHost([4n << 30n, 4n << 30n])
  readonly objects = new Map<string, NodeLocalVolume>()
  readonly notes = new Map<string, string>()
  statusWrites = 0
  context!: ReconcileContext

  static async create(): Promise<VolumeBed> {
    const bed = new VolumeBed()
    const devices = ['/dev/sda', '/dev/sdb']
    await bed.host.lvm.createVolumeGroup({ name: 'pool0', devices, metadataSizeBytes: 1n << 24n })
    await bed.restart()
    return bed
  }

  /** A new process on the same machine and API. */
  async restart(): Promise<void> {
    this.host.state.revive()
    const picture = new LvmPicture(this.host.lvm)
    await picture.refresh()
    this.host.state.log.length = 0
    this.host.state.revive()
    const now = () => new Date('2026-01-01T00:00:00Z')
    this.context = {
      host: this.host,
      picture,
      journal: this.#journal(),
      store: this.#store(),
      locks: new VolumeLocks(),
      deleted: new Set(),
      now,
    }
  }

  put(name: string, spec: Partial<NodeLocalVolume['spec']> = {}): NodeLocalVolume {
    const volume: NodeLocalVolume = {
      apiVersion: 'csi.aliyun.com/v1alpha1',
      kind: 'NodeLocalVolume',
      metadata: { name, uid: `uid-${name}`, generation: 1, finalizers: [VOLUME_FINALIZER] },
      spec: {
        nodeName: 'n1',
        driver: 'local.csi.aliyun.com',
        volumeType: 'LVM',
        pool: 'pool0',
        sizeBytes: 100 * 1024 * 1024,
        claim: { namespace: 'default', name: 'data', uid: `claim-${name}` },
        ...spec,
      },
    }
    this.objects.set(name, volume)
    return volume
  }

  remove(name: string): void {
    const volume = this.objects.get(name)!
    this.objects.set(name, { ...volume, metadata: { ...volume.metadata, deletionTimestamp: 'now' } })
  }

  reconcile(name: string) {
    return reconcileVolume(this.context, name)
  }

  /** As the queue does: again and again until it neither throws nor dies. */
  async settle(name: string): Promise<void> {
    for (let i = 0; i < 10; i++) {
      try {
        await this.reconcile(name)
        return
      } catch {
        if (this.host.state.dead) await this.restart()
      }
    }
    throw new Error(`${name} does not settle`)
  }

  get volumeNames(): string[] {
    return this.host.state.groups.get('pool0')!.logicalVolumes.map((v) => v.name)
  }

  /** Commands of LVM alone. */
  get lvmCommands(): string[] {
    return this.host.state.log.filter((command) => /^(lvm|lv|vg|pv)/.test(command))
  }

  #store(): VolumeStore {
    const { state } = this.host
    return {
      find: (name) => structuredClone(this.objects.get(name)),
      writeStatus: async (volume, status) => {
        const patch = mergePatchOf(volume.status ?? {}, status)
        if (!patch) return
        await state.step(`PATCH ${volume.metadata.name}/status`, () => {
          const stored = this.objects.get(volume.metadata.name)
          if (!stored) return
          this.statusWrites += 1
          this.objects.set(volume.metadata.name, {
            ...stored,
            status: applyMergePatch(stored.status ?? {}, patch) as NodeLocalVolume['status'],
          })
        })
      },
      releaseFinalizer: async (volume) => {
        await state.step(`PATCH ${volume.metadata.name}`, () => void this.objects.delete(volume.metadata.name))
      },
    }
  }

  #journal(): CreationJournal {
    const { state } = this.host
    return {
      begin: (name, attempt) => state.step(`note ${name}`, () => void this.notes.set(name, attempt)),
      find: async (name) => this.notes.get(name),
      end: (name) => state.step(`forget ${name}`, () => void this.notes.delete(name)),
    }
  }
}
