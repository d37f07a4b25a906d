import { deepEqual, type JsonPatch } from '../patch.ts'

/** RFC 6902 without move and copy. Throws on a failed test or a path that is not there. */
export function applyJsonPatch(target: object, patch: JsonPatch): object {
  const result = structuredClone(target)
  for (const step of patch) {
    const parts = step.path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = parts.pop() ?? ''
    let at = result as Record<string, unknown>
    for (const part of parts) {
      const next = at[part]
      if (typeof next !== 'object' || next === null) throw new Error(`nothing at ${step.path}`)
      at = next as Record<string, unknown>
    }
    switch (step.op) {
      case 'test':
        if (!deepEqual(at[last], step.value)) throw new Error(`test failed at ${step.path}`)
        break
      case 'add':
        if (!Array.isArray(at)) at[last] = step.value
        else at.splice(last === '-' ? at.length : Number(last), 0, step.value)
        break
      case 'replace':
      case 'remove':
        if (!(last in at)) throw new Error(`nothing at ${step.path}`)
        if (step.op === 'replace') at[last] = step.value
        else if (Array.isArray(at)) at.splice(Number(last), 1)
        else delete at[last]
    }
  }
  return result
}
