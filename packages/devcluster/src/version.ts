/** Says in every place where a version is shown that this is no Kubernetes. */
export const KUBERNETES_VERSION = 'v1.36.3-devcluster'

export const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: KUBERNETES_VERSION,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none: simulated, not Kubernetes',
  compiler: 'none',
  platform: `${process.platform}/${process.arch}`,
}
