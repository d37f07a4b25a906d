import type { KubeApi } from '../api/kube-api.ts'
import type { KubeObject } from '../api/object.ts'
import { CRDS, type CustomResourceDefinition, resourceKey, servedVersion } from '../api/resources.ts'
import { type Predicate, parseFieldSelector, parseLabelSelector } from '../api/selectors.ts'
import type { Call } from './call.ts'
import type { ResourceRequest } from './request-info.ts'
import type { Storage } from './shape.ts'

/** Which stored objects a list or a watch is about: namespace, labels and fields. 400 for a selector that can't be read. */
export function selectionOf(api: KubeApi, call: Call, request: ResourceRequest, storage: Storage): Predicate {
  const { namespace, name } = request
  const tests: Predicate[] = []
  if (namespace !== undefined) tests.push((object) => object.metadata.namespace === namespace)
  if (name !== undefined) tests.push((object) => object.metadata.name === name)
  const labels = call.query.get('labelSelector')
  if (labels) tests.push(parseLabelSelector(labels))
  const fields = call.query.get('fieldSelector')
  if (fields) {
    const crd = api.get<CustomResourceDefinition>(CRDS, undefined, resourceKey(storage.info))
    const selectable = crd
      ? (servedVersion(crd).selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, ''))
      : []
    const test = parseFieldSelector(fields, resourceKey(storage.info), selectable)
    tests.push((object) => test(storage.toShown(object)))
  }
  return (object: KubeObject) => tests.every((test) => test(object))
}
