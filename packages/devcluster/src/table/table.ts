import type { KubeObject } from '../api/object.ts'
import { type CrdVersion, type ResourceInfo, resourceKey } from '../api/resources.ts'
import { clusterColumns } from './cluster-columns.ts'
import { type Column, NAME } from './column.ts'
import { customColumns } from './custom-columns.ts'
import { podColumns } from './pod-columns.ts'
import { storageColumns } from './storage-columns.ts'
import { workloadColumns } from './workload-columns.ts'

export interface TableOptions {
  includeObject: 'None' | 'Metadata' | 'Object'
  withColumns: boolean
  listMeta?: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  crdColumns?: CrdVersion['additionalPrinterColumns']
  now?: Date
}

const CREATED_AT: Column = { name: 'Created At', type: 'date', cell: ({ metadata }) => metadata.creationTimestamp }

const columnsOf: Record<string, readonly Column[]> = {
  pods: podColumns,
  ...storageColumns,
  ...workloadColumns,
  ...clusterColumns,
}

/** Objects of one resource as the Table that kubectl prints. Source: the printers of Kubernetes 1.36. */
export function tableOf(info: ResourceInfo, objects: readonly KubeObject[], options: TableOptions): object {
  const { includeObject, withColumns, listMeta = {}, crdColumns, now = new Date() } = options
  const custom = info.group.includes('.') && columnsOf[resourceKey(info)] === undefined && crdColumns !== undefined
  const columns = custom ? customColumns(crdColumns) : (columnsOf[resourceKey(info)] ?? [NAME, CREATED_AT])
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta,
    columnDefinitions: withColumns ? columns.map(definition) : [],
    rows: objects.map((object) => ({
      cells: columns.map((one) => one.cell(object, now)),
      ...(isFinished(object)
        ? {
            conditions: [
              {
                type: 'Completed',
                status: 'True',
                reason: phaseOf(object),
                message: 'The pod has completed successfully.',
              },
            ],
          }
        : {}),
      object: shown(object, includeObject),
    })),
  }
}

function shown(object: KubeObject, include: TableOptions['includeObject']): object | null {
  if (include === 'None') return null
  if (include === 'Object') return object
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}

function definition({ name, type = 'string', format = '', description = '', wide }: Column): object {
  return { name, type, format, description, priority: wide ? 1 : 0 }
}

function phaseOf(object: KubeObject): string {
  return (object as { status?: { phase?: string } }).status?.phase ?? ''
}

function isFinished(object: KubeObject): boolean {
  return object.kind === 'Pod' && (phaseOf(object) === 'Succeeded' || phaseOf(object) === 'Failed')
}
