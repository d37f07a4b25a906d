import { formatBytes, type VolumeGroupInfo } from '@open-local/shared'
import type { PoolRow, Space } from '@open-local/shared/api'
import type { PoolBook } from '../../cluster/cluster-view.ts'
import { poolRowKey } from '../../cluster/pool-row-key.ts'
import { type Finding, healthOf, type RowContext, reason } from './context.ts'

const ATTENTION = 0.85
const CRITICAL = 0.95
const METADATA_ATTENTION = 0.8

export function poolRow(context: RowContext, book: PoolBook): PoolRow {
  const findings = poolFindings(context, book)
  return {
    key: poolRowKey(book),
    node: book.node,
    kind: book.kind,
    name: book.name,
    mediaType: book.mediaType,
    space: spaceOf(book),
    offered: book.offered,
    volumeCount: book.volumeIds.length,
    devices: groupOf(context, book)?.physicalVolumes ?? (book.kind === 'BlockDevice' ? [book.name] : []),
    ...healthOf(findings),
  }
}

export function spaceOf(book: PoolBook): Space {
  return {
    capacityBytes: Number(book.capacityBytes),
    allocatedBytes: Number(book.allocatedBytes),
    reservedBytes: Number(book.reservedBytes),
    otherBytes: Number(book.foreignBytes),
    availableBytes: Number(book.availableBytes),
  }
}

export function sumSpace(spaces: Iterable<Space>): Space {
  const sum: Space = { capacityBytes: 0, allocatedBytes: 0, reservedBytes: 0, otherBytes: 0, availableBytes: 0 }
  for (const space of spaces) for (const key of Object.keys(sum) as (keyof Space)[]) sum[key] += space[key]
  return sum
}

/** Part of what may be promised that is promised: 0..1, above 1 when over-promised. */
export function fill(book: PoolBook): number {
  return book.allocatableBytes > 0n
    ? Number((book.allocatedBytes * 10_000n) / book.allocatableBytes) / 10_000
    : book.allocatedBytes > 0n
      ? 2
      : 0
}

export function groupOf(
  context: RowContext,
  book: Pick<PoolBook, 'node' | 'kind' | 'name'>,
): VolumeGroupInfo | undefined {
  if (book.kind !== 'VolumeGroup') return undefined
  return context.view.nodeLocalStorages
    .get(book.node)
    ?.status?.nodeStorageInfo?.volumeGroups?.find((group) => group.name === book.name)
}

function poolFindings(context: RowContext, book: PoolBook): Finding[] {
  const findings: Finding[] = []
  const params = { pool: book.name, node: book.node }
  if (!book.healthy) {
    findings.push({
      health: 'critical',
      reason: reason('pool.fault', `${book.name} on ${book.node} is faulty: a disk is missing or failing`, params),
    })
  }
  if (book.offered && book.kind === 'VolumeGroup') {
    const part = fill(book)
    const percent = Math.round(part * 100)
    if (part > 1) {
      const text = `${book.name} on ${book.node} is over-promised: ${formatBytes(book.allocatedBytes)} of ${formatBytes(book.allocatableBytes)}`
      findings.push({ health: 'critical', reason: reason('pool.overpromised', text, { ...params, percent }) })
    } else if (part >= ATTENTION) {
      findings.push({
        health: part >= CRITICAL ? 'critical' : 'attention',
        reason: reason('pool.full', `${book.name} on ${book.node} is ${percent} % allocated`, { ...params, percent }),
      })
    }
  }
  const group = groupOf(context, book)
  if (group?.metadataSize && group.metadataFree !== undefined) {
    const used = 1 - group.metadataFree / group.metadataSize
    if (used >= METADATA_ATTENTION) {
      const percent = Math.round(used * 100)
      findings.push({
        health: 'attention',
        reason: reason('pool.metadata', `the metadata area of ${book.name} on ${book.node} is ${percent} % full`, {
          ...params,
          percent,
        }),
      })
    }
  }
  return findings
}
