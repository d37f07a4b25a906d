import { fromEventsV1, toEventsV1 } from '../api/events.ts'
import type { Json } from '../api/json.ts'
import type { KubeApi } from '../api/kube-api.ts'
import type { KubeObject } from '../api/object.ts'
import {
  CRDS,
  type CustomResourceDefinition,
  groupVersionOf,
  type ResourceInfo,
  resourceKey,
  servedVersion,
} from '../api/resources.ts'
import { tableOf } from '../table/table.ts'
import type { Call } from './call.ts'

/** What a resource is stored as, and how it is shown: one event is shown in two groups. */
export interface Storage {
  info: ResourceInfo
  stored: ResourceInfo
  toShown(object: KubeObject): KubeObject
  toStored(shown: Json): Json
}

export function storageOf(api: KubeApi, info: ResourceInfo): Storage {
  if (info.group === 'events.k8s.io') {
    return { info, stored: api.resources.find('events')!, toShown: toEventsV1, toStored: fromEventsV1 }
  }
  return { info, stored: info, toShown: (object) => object, toStored: (object) => object }
}

export type Form = 'object' | 'table' | 'metadata'

/** By the Accept header: whole objects, a Table for people, or the metadata alone. */
export function formOf(call: Call): Form {
  for (const range of (call.header('accept') ?? '').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim())
    if (type !== 'application/json' && type !== '*/*') continue
    if (parameters.includes('as=Table')) return 'table'
    if (parameters.some((p) => p.startsWith('as=PartialObjectMetadata'))) return 'metadata'
    return 'object'
  }
  return 'object'
}

function partial({ metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}

export interface ListMeta {
  resourceVersion: string
  continue?: string
  remainingItemCount?: number
}

/** Puts objects into the form that was asked for. */
export class Shaper {
  readonly #call: Call
  readonly #form: Form
  readonly #storage: Storage
  readonly #columns: ReturnType<typeof columnsOf>
  readonly #builtIn: boolean
  #withColumns = true

  constructor(call: Call, api: KubeApi, storage: Storage) {
    this.#call = call
    this.#form = formOf(call)
    this.#storage = storage
    this.#columns = columnsOf(api, storage.info)
    this.#builtIn = api.resources.isBuiltIn(resourceKey(storage.info))
  }

  get isPlain(): boolean {
    return this.#form === 'object' && this.#storage.info === this.#storage.stored
  }

  one(object: KubeObject): object {
    const shown = this.#storage.toShown(object)
    if (this.#form === 'metadata') return partial(shown)
    if (this.#form === 'object') return shown
    return this.#table([shown], { resourceVersion: shown.metadata.resourceVersion })
  }

  list(objects: readonly KubeObject[], metadata: ListMeta): object {
    const { info, toShown } = this.#storage
    const shown = objects.map(toShown)
    if (this.#form === 'table') return this.#table(shown, metadata)
    if (this.#form === 'metadata')
      return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: shown.map(partial) }
    // Lists of built-in kinds say the kind once, for all items.
    const items = this.#builtIn ? shown.map(({ kind: _, apiVersion: __, ...rest }) => rest) : shown
    return { kind: info.listKind ?? `${info.kind}List`, apiVersion: groupVersionOf(info), metadata, items }
  }

  /** An object that carries nothing but where a watch stands. */
  bookmark(revision: number, initialEventsEnd: boolean): object {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    }
    const { info } = this.#storage
    if (this.#form === 'metadata') return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
    const own = { kind: info.kind, apiVersion: groupVersionOf(info), metadata }
    if (this.#form === 'object') return own
    const rows = [{ cells: [], object: own }]
    return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows }
  }

  /** In a watch only the first Table names the columns. */
  #table(objects: readonly KubeObject[], listMeta: Partial<ListMeta>): object {
    const asked = this.#call.query.get('includeObject')
    const includeObject = asked === 'None' || asked === 'Object' ? asked : 'Metadata'
    const withColumns = this.#withColumns
    this.#withColumns = false
    return tableOf(this.#storage.info, objects, { includeObject, withColumns, listMeta, crdColumns: this.#columns })
  }
}

function columnsOf(api: KubeApi, info: ResourceInfo) {
  const crd = api.get<CustomResourceDefinition>(CRDS, undefined, `${info.plural}.${info.group}`)
  return crd && servedVersion(crd).additionalPrinterColumns
}
