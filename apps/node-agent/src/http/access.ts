import { type KubeClient, subjectAccessReviews, tokenReviews } from '@open-local/kube'
import { digestOf } from './self-signed.ts'

const ALLOW_MS = 60_000
const DENY_MS = 10_000
const MAX_REMEMBERED = 256
/** No token of Kubernetes is longer. */
const MAX_TOKEN = 16_384

export type Verdict = 'allowed' | 'forbidden' | 'unauthenticated'

/**
 * Who may read a path of ours: Kubernetes says, by TokenReview and SubjectAccessReview for `get` on the path. Answers
 * are remembered, a yes longer than a no. Throws when the API server can't be asked.
 */
export class PathAccess {
  readonly #client: Pick<KubeClient, 'create'>
  readonly #now: () => number
  readonly #known = new Map<string, { verdict: Verdict; until: number }>()

  constructor(client: Pick<KubeClient, 'create'>, now: () => number = Date.now) {
    this.#client = client
    this.#now = now
  }

  async check(authorization: string | undefined, path: string): Promise<Verdict> {
    const token = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/.exec(authorization ?? '')?.[1]
    if (!token || token.length > MAX_TOKEN) return 'unauthenticated'
    const key = `${path} ${digestOf(token)}`
    const known = this.#known.get(key)
    if (known && known.until > this.#now()) return known.verdict
    const verdict = await this.#ask(token, path)
    this.#known.delete(key)
    this.#known.set(key, { verdict, until: this.#now() + (verdict === 'allowed' ? ALLOW_MS : DENY_MS) })
    if (this.#known.size > MAX_REMEMBERED) this.#known.delete(this.#known.keys().next().value!)
    return verdict
  }

  async #ask(token: string, path: string): Promise<Verdict> {
    const { status } = await this.#client.create(tokenReviews, { spec: { token } })
    if (!status?.authenticated || !status.user) return 'unauthenticated'
    const { username: user, groups, uid, extra } = status.user
    const nonResourceAttributes = { path, verb: 'get' }
    const review = await this.#client.create(subjectAccessReviews, {
      spec: { user, groups, uid, extra, nonResourceAttributes },
    })
    return review.status?.allowed ? 'allowed' : 'forbidden'
  }
}
