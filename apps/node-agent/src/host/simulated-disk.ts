import { createHash } from 'node:crypto'
import { parseQuantity } from '@open-local/shared'
import type { SimulatedDevice } from './simulated-state.ts'

export type SimulatedMedium = 'ssd' | 'hdd' | 'nvme'

/** One disk as `--sim-disks` asks for it. */
export interface SimulatedDisk {
  sizeBytes: bigint
  medium: SimulatedMedium
}

const MODELS = { ssd: 'Simulated SSD', hdd: 'Simulated HDD', nvme: 'Simulated NVMe' } as const

/** `100Gi,2Ti:hdd,1Ti:nvme`; ssd where no medium is given. Throws InvalidFieldError or RangeError. */
export function parseSimulatedDisks(text: string): SimulatedDisk[] {
  return text.split(',').map((one) => {
    const [size = '', medium = 'ssd', ...rest] = one.split(':')
    if (!isMedium(medium) || rest.length > 0)
      throw new RangeError(`"${one}" is no disk: write it like 100Gi, 100Gi:ssd, 2Ti:hdd or 1Ti:nvme`)
    return { sizeBytes: parseQuantity(size, '--sim-disks'), medium }
  })
}

function isMedium(text: string): text is SimulatedMedium {
  return Object.hasOwn(MODELS, text)
}

/**
 * The disks by path: `/dev/sda`, `/dev/sdb`, … and `/dev/nvme0n1`, `/dev/nvme1n1`, … Serial number and WWN follow from
 * the node's name and the disk's place in the list, so they are the same at every start.
 */
export function namedDisks(
  nodeName: string,
  disks: readonly SimulatedDisk[],
): [string, Partial<SimulatedDevice> & { sizeBytes: bigint }][] {
  let scsi = 0
  let nvme = 0
  return disks.map(({ sizeBytes, medium }, index) => {
    const path = medium === 'nvme' ? `/dev/nvme${nvme++}n1` : `/dev/sd${letters(scsi++)}`
    const id = createHash('sha256').update(`${nodeName}/${index}`).digest('hex')
    const wwn = medium === 'nvme' ? `eui.${id.slice(12, 28)}` : `naa.5${id.slice(12, 27)}`
    const identity = { serial: `SIM${id.slice(0, 12).toUpperCase()}`, wwn, model: MODELS[medium] }
    const transport = medium === 'nvme' ? 'nvme' : 'sata'
    return [path, { sizeBytes, rotational: medium === 'hdd', transport, ...identity }]
  })
}

/** 0 is `a`, 25 is `z`, 26 is `aa`. */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26))
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last
}
