import type { VolumeLocks } from '@open-local/csi'
import type { NodeLocalVolume } from '@open-local/shared'
import type { Host } from '../host/host.ts'
import type { LvmPicture } from '../host/lvm-picture.ts'

/** What the kubelet's calls need. One file per call; each is safe to repeat and to be cut off anywhere. */
export interface NodeContext {
  driver: string
  version: string
  nodeName: string
  maxVolumes: number
  host: Host
  picture: LvmPicture
  /** Shared with the deletion of volumes. */
  locks: VolumeLocks
  findVolume(volumeId: string): NodeLocalVolume | undefined
  /** The volume's mounts changed. */
  noteUse(volumeId: string): void
  isReady(): boolean
}
