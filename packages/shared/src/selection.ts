import { RE2JS } from 're2js'
import { InvalidFieldError } from './errors.ts'
import type { Selection } from './resources/node-local-storage.ts'

/**
 * Compiles include and exclude into one predicate over names. Throws InvalidFieldError with the entry's index and the
 * parser's words when an expression is not RE2. `field` is the path of the selection, such as `spec.listConfig.vgs`.
 *
 * A name is selected when the leftmost-first match of an include expression is the whole name, and no exclude
 * expression matches it so. No include selects nothing. Source: reference/crds.md §2.1.
 */
export function compileSelection(selection: Selection | undefined, field: string): (name: string) => boolean {
  const include = compileAll(selection?.include, `${field}.include`)
  const exclude = compileAll(selection?.exclude, `${field}.exclude`)
  return (name) => include.some((re) => matchesWhole(re, name)) && !exclude.some((re) => matchesWhole(re, name))
}

function compileAll(expressions: string[] | undefined, field: string): RE2JS[] {
  return (expressions ?? []).map((expression, index) => {
    try {
      return RE2JS.compile(expression)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new InvalidFieldError(`${field}[${index}]`, `"${expression}" is not a valid RE2 expression: ${reason}`, {
        cause,
      })
    }
  })
}

function matchesWhole(re: RE2JS, name: string): boolean {
  const matcher = re.matcher(name)
  return matcher.find() && matcher.start() === 0 && matcher.end() === name.length
}
