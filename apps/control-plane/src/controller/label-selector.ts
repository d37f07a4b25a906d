import { InvalidFieldError, type LabelSelector } from '@open-local/shared'

/**
 * Whether labels satisfy a selector. A missing selector matches nothing, an empty one everything.
 * Throws InvalidFieldError, naming the entry within `field`, for an operator that Kubernetes does not know.
 * Source: apimachinery metav1.LabelSelectorAsSelector.
 */
export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Record<string, string>,
  field: string,
): boolean {
  if (!selector) return false
  const wanted = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }, index) => {
    const has = Object.hasOwn(labels, key)
    if (operator === 'In') return has && values.includes(labels[key]!)
    if (operator === 'NotIn') return !has || !values.includes(labels[key]!)
    if (operator === 'Exists') return has
    if (operator === 'DoesNotExist') return !has
    throw new InvalidFieldError(
      `${field}.matchExpressions[${index}].operator`,
      `"${operator}" is not one of In, NotIn, Exists, DoesNotExist`,
    )
  })
  return wanted && expressions.every(Boolean)
}
