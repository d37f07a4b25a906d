import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from './command-error.ts'
import type { Lvm, NewLogicalVolume, NewVolumeGroup } from './host.ts'
import { parseBackup } from './lvm-backup.ts'
import { parseReport, reportArguments } from './lvm-report.ts'
import type { Run } from './run.ts'

export const BACKUP_DIRECTORY = '/etc/lvm/backup'

/** LVM's own tools. Recorded with LVM 2.03.16. */
export function linuxLvm(run: Run, backupDirectory = BACKUP_DIRECTORY): Lvm {
  const activate = async (volumeGroup: string): Promise<void> => {
    await run('vgchange', ['--activate', 'y', volumeGroup]).catch(rename)
  }
  return {
    /** `lvm fullreport --reportformat json --units b --nosuffix -a …` */
    async report() {
      return parseReport(await run('lvm', reportArguments, { timeoutMs: 120_000 }))
    },

    async readBackup(name, known) {
      try {
        const text = await readFile(join(backupDirectory, name), 'utf8')
        // Reading thousands of volumes takes a second: not for what is known already.
        const sequence = Number(/^\tseqno = (\d+)$/m.exec(text)?.[1])
        return known && sequence <= known.sequence ? undefined : parseBackup(text, name, known)
      } catch {
        return undefined
      }
    },

    /** `lvcreate -n <name> -L <bytes>b -W y -y [-i <stripes>] --addtag <tag>… <vg>` */
    async createLogicalVolume(volume: NewLogicalVolume) {
      const stripes = volume.stripes > 1 ? ['-i', String(volume.stripes)] : []
      const tags = volume.tags.flatMap((tag) => ['--addtag', tag])
      const size = ['-n', volume.name, '-L', `${volume.sizeBytes}b`]
      await run('lvcreate', [...size, '-W', 'y', '-y', ...stripes, ...tags, volume.volumeGroup]).catch(rename)
    },

    /** `lvremove -f <vg>/<lv>` */
    async removeLogicalVolume(volumeGroup, name) {
      await run('lvremove', ['-f', `${volumeGroup}/${name}`]).catch(rename)
    },

    /** `vgchange --activate y <vg>` */
    activate,

    /**
     * `vgcreate --metadatasize <bytes>b [--vgmetadatacopies 2] <vg> <device>…`
     * Without `--yes`: a signature on a device makes LVM ask, and with nobody to answer it refuses.
     */
    async createVolumeGroup({ name, devices, metadataSizeBytes }: NewVolumeGroup) {
      const copies = devices.length > 2 ? ['--vgmetadatacopies', '2'] : []
      await run('vgcreate', ['--metadatasize', `${metadataSizeBytes}b`, ...copies, name, ...devices]).catch(rename)
    },
  }
}

/** LVM says everything with exit code 5; only its words tell the cases apart. */
function rename(error: unknown): never {
  if (!(error instanceof CommandError)) throw error
  if (/insufficient free space|Insufficient suitable allocatable extents|insufficient suitable/i.test(error.stderr))
    throw error.as('RESOURCE_EXHAUSTED')
  if (/Failed to find logical volume|Volume group "[^"]*" not found/.test(error.stderr)) throw error.as('NOT_FOUND')
  if (/already exists in volume group|A volume group called .* already exists/.test(error.stderr))
    throw error.as('ALREADY_EXISTS')
  if (/filesystem in use|in use\.|is used by another device/.test(error.stderr)) throw error.as('FAILED_PRECONDITION')
  throw error
}
