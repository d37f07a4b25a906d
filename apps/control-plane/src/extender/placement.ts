import { keyOf, type Pod } from '@open-local/kube'
import { messageOf } from '@open-local/shared'
import type { BooksKeeper } from '../cluster/books-keeper.ts'
import { claimKeysOf, requestsOf } from '../cluster/claims.ts'
import type { ClusterView, Refusal } from '../cluster/cluster-view.ts'
import { type ClaimRequest, fit, type Strategy } from '../scheduling/fit.ts'
import { MAX_SCORE, score } from '../scheduling/score.ts'

export interface PlacementOptions {
  view: ClusterView
  books: BooksKeeper
  driver: string
  strategy: Strategy
}

/** Which of `nodeNames` can take all of the pod's claims, and for each other one a sentence why not. Changes nothing. */
export function filterNodes(
  options: PlacementOptions,
  pod: Pod,
  nodeNames: readonly string[],
): { fits: string[]; refusals: Refusal[] } {
  let requests: ClaimRequest[]
  try {
    requests = requestsOf(options.view, pod, options.driver)
  } catch (error) {
    // The class is wrong, so no node will do; say what is wrong on each.
    const refusals = nodeNames.map((node) => ({ node, message: messageOf(error) }))
    options.books.remember(keyOf(pod), refusals)
    return { fits: [], refusals }
  }
  if (requests.length === 0) return { fits: [...nodeNames], refusals: [] }
  const fits: string[] = []
  const refusals: Refusal[] = []
  for (const node of nodeNames) {
    const message = refusal(options, node, requests)
    if (message) refusals.push({ node, message })
    else fits.push(node)
  }
  options.books.remember(keyOf(pod), fits.length ? [] : refusals)
  return { fits, refusals }
}

function refusal({ books, strategy }: PlacementOptions, node: string, requests: ClaimRequest[]): string | undefined {
  if (!books.ledger.hasNode(node))
    return `node ${node} has no NodeLocalStorage: no node agent has reported its disks yet`
  const found = fit(node, books.ledger.statesOf(node, requests), requests, strategy)
  return 'refusal' in found ? found.refusal : undefined
}

/**
 * Scores of 0..10 in the order of `nodeNames`. A pod without claims of ours is sent away from nodes with pools, as the
 * original does: 10 on nodes without, 0 on others; all equal when it mounts claims that are already bound.
 */
export function scoreNodes(
  options: PlacementOptions,
  pod: Pod,
  nodeNames: readonly string[],
): { node: string; score: number }[] {
  const { view, books, driver, strategy } = options
  let requests: ClaimRequest[] = []
  try {
    requests = requestsOf(view, pod, driver)
  } catch {
    return nodeNames.map((node) => ({ node, score: 0 }))
  }
  return nodeNames.map((node) => {
    if (requests.length === 0)
      return { node, score: claimKeysOf(pod).length || books.ledger.statesOf(node).length ? 0 : MAX_SCORE }
    const states = books.ledger.statesOf(node, requests)
    const found = fit(node, states, requests, strategy)
    return { node, score: 'placements' in found ? score(states, found.placements, strategy) : 0 }
  })
}
