/** For `.catch`: passes what is expected by in silence, and throws everything else on. */
export function ignore(expected: (error: unknown) => boolean): (error: unknown) => undefined {
  return (error) => {
    if (!expected(error)) throw error
    return undefined
  }
}
