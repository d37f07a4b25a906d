import type { LogicalVolume, Lvm, VolumeGroup } from './host.ts'

/**
 * What LVM holds, in memory: filled by one report, then kept up by reading LVM's own metadata copies, so that reading
 * it costs no process. `refresh` asks LVM itself and heals whatever the copies could not tell.
 */
export class LvmPicture {
  readonly #lvm: Lvm
  readonly #groups = new Map<string, VolumeGroup>()
  readonly #onChange: () => void
  #orphans: readonly string[] = []
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(lvm: Lvm, onChange: () => void = () => {}) {
    this.#lvm = lvm
    this.#onChange = onChange
  }

  get groups(): VolumeGroup[] {
    return [...this.#groups.values()]
  }

  /** Devices with an LVM label that belong to no group. */
  get orphanDevices(): readonly string[] {
    return this.#orphans
  }

  findGroup(name: string): VolumeGroup | undefined {
    return this.#groups.get(name)
  }

  findVolume(group: string, name: string): LogicalVolume | undefined {
    return this.#groups.get(group)?.logicalVolumes.find((v) => v.name === name && !v.hidden)
  }

  /** Asks LVM. Shows at least everything that was true when it was called; calls that wait share one process. */
  async refresh(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#report().finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    // The report under way may have read before our caller's change.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.refresh()
      })
    return this.#next
  }

  /**
   * After a change of one group by us, which had the sequence `before`: from the metadata copy if that shows something
   * newer, else from LVM.
   */
  async reload(name: string, before: number | undefined): Promise<void> {
    await this.#readBackup(name)
    const now = this.#groups.get(name)
    if (before === undefined || !now || now.sequence <= before) await this.refresh()
  }

  /** After a hint that something changed: no process, and nothing where the copies say nothing new. */
  async reloadChanged(): Promise<void> {
    for (const name of [...this.#groups.keys()]) await this.#readBackup(name)
  }

  async #readBackup(name: string): Promise<void> {
    const read = await this.#lvm.readBackup(name, this.#groups.get(name))
    const now = this.#groups.get(name)
    // An old copy of another life of this name, one that LVM could not write, or nothing new.
    if (!read || !now || read.uuid !== now.uuid || read.sequence <= now.sequence) return
    this.#groups.set(name, read)
    this.#onChange()
  }

  async #report(): Promise<void> {
    const { volumeGroups, orphanDevices } = await this.#lvm.report()
    this.#groups.clear()
    for (const group of volumeGroups) this.#groups.set(group.name, group)
    this.#orphans = orphanDevices
    this.#onChange()
  }
}
