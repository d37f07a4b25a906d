import type { CoreEvent } from '@open-local/kube'
import type { EventRow } from '@open-local/shared/api'
import type { RowContext } from './context.ts'

const kinds = new Set(['NodeLocalStorage', 'NodeLocalStorageInitConfig', 'NodeLocalVolume'])

function timeOf(event: CoreEvent): string {
  const at = event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? event.metadata.creationTimestamp
  return at ? new Date(at).toISOString() : new Date(0).toISOString()
}

function eventRow(event: CoreEvent): EventRow {
  const { kind = '', name = '', namespace } = event.involvedObject
  return {
    id: event.metadata.uid ?? `${event.metadata.namespace}/${event.metadata.name}`,
    at: timeOf(event),
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.count ?? 1,
    source: event.reportingComponent || event.source?.component || '',
    object: { kind, name, ...(namespace && !kinds.has(kind) ? { namespace } : {}) },
  }
}

/** Newest first; `about` says of which objects. What was said of one object in the same words is one row. */
export function eventRows(
  { view }: RowContext,
  about: (object: { kind: string; namespace: string; name: string }) => boolean,
  limit: number,
): EventRow[] {
  const rows = new Map<string, EventRow>()
  const found = view.events
    .list()
    .filter(({ involvedObject: o }) => about({ kind: o.kind ?? '', namespace: o.namespace ?? '', name: o.name ?? '' }))
    .map(eventRow)
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? 1 : -1))
  for (const row of found) {
    const { kind, namespace, name } = row.object
    const said = JSON.stringify([kind, namespace, name, row.type, row.reason, row.message])
    const newer = rows.get(said)
    if (newer) newer.count += row.count
    else rows.set(said, row)
  }
  return [...rows.values()].slice(0, limit)
}

export function isOurKind(kind: string): boolean {
  return kinds.has(kind)
}
