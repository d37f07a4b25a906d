import type { KubeApi } from './kube-api.ts'
import { until } from './until.ts'

const THIRTY_DAYS_S = 30 * 86_400

export interface BoundNode {
  name: string
  uid: string
}

/**
 * A token of a service account, valid for 30 days; each start of the harness asks for a new one.
 * Bound to a Node it names that node to admission policies, as the token of a DaemonSet's pod does.
 */
export async function serviceAccountToken(
  api: KubeApi,
  namespace: string,
  name: string,
  node?: BoundNode,
): Promise<string> {
  const boundObjectRef = node && { kind: 'Node', apiVersion: 'v1', name: node.name, uid: node.uid }
  const answer = await until(
    () =>
      api.post<{ status: { token: string } }>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: THIRTY_DAYS_S, boundObjectRef },
      }),
    { what: `there is a token for service account ${namespace}/${name}`, timeoutMs: 20_000 },
  )
  return answer.status.token
}
