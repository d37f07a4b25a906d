/** Label and field selectors as the API server reads them, enough for tests. */

/** `a=b,c!=d,e in (x,y),f notin (z),g,!h`; empty accepts all. */
export function matchesLabels(selector: string, labels: Record<string, string> = {}): boolean {
  return splitOutsideParentheses(selector).every((term) => {
    const set = /^(\S+)\s+(in|notin)\s*\((.*)\)$/.exec(term)
    if (set) {
      const [, key = '', operator, values = ''] = set
      const among = values.split(',').some((value) => value.trim() === labels[key])
      return operator === 'in' ? among : !among
    }
    const equality = /^([^!=\s]+)\s*(==|=|!=)\s*(.*)$/.exec(term)
    if (equality) {
      const [, key = '', operator, value = ''] = equality
      return (labels[key] === value) === (operator !== '!=')
    }
    return term.startsWith('!') ? !(term.slice(1).trim() in labels) : term in labels
  })
}

/** `metadata.name=a,spec.nodeName!=b`; an absent field is the empty string. */
export function matchesFields(selector: string, object: object): boolean {
  return selector
    .split(',')
    .filter((term) => term.trim() !== '')
    .every((term) => {
      const [, path = '', operator, value = ''] = /^([^!=\s]+)\s*(==|=|!=)\s*(.*)$/.exec(term.trim()) ?? []
      const found = path
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object)
      return (String(found ?? '') === value) === (operator !== '!=')
    })
}

function splitOutsideParentheses(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
}
