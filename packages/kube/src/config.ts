import type { ConnectionOptions } from './connection.ts'

/** Kubeconfigs in all their forms, by client-node: YAML, merged files, exec plug-ins, OIDC. Control plane only. */

export interface LoadOptions {
  /** A file; else `$KUBECONFIG`, the pod's service account, `~/.kube/config`, in that order. */
  kubeconfig?: string
  /** Else the current context. */
  context?: string
}

export async function loadKubeConfig(_options: LoadOptions = {}): Promise<ConnectionOptions> {
  throw new Error('not yet')
}
