import type { PersistentVolumeClaim, Pod, StorageClass } from '@open-local/kube'
import { LEGACY_DRIVER, parseClassParameters, tryParseQuantity } from '@open-local/shared'
import type { ClaimRequest } from '../scheduling/fit.ts'
import type { ClusterView } from './cluster-view.ts'
import { indexes } from './cluster-view.ts'

/** Keys (`<namespace>/<name>`) of the claims that a pod mounts; a generic ephemeral volume's is `<pod>-<volume>`. */
export function claimKeysOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    const name =
      volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined)
    return name ? [`${pod.metadata.namespace}/${name}`] : []
  })
}

/** Whether a class's volumes are ours, under the driver's name of today or the original's older one. */
export function isOurs(storageClass: StorageClass | undefined, driver: string): boolean {
  return storageClass?.provisioner === driver || storageClass?.provisioner === LEGACY_DRIVER
}

/**
 * What a pod asks of us: its claims of our classes that are not bound yet. Claims of other drivers, bound ones, and ones
 * that do not exist yet are left out (kube-scheduler waits for those by itself).
 * Throws InvalidFieldError when a class has a parameter that we do not understand.
 */
export function requestsOf(
  view: Pick<ClusterView, 'claims' | 'storageClasses'>,
  pod: Pod,
  driver: string,
): ClaimRequest[] {
  return claimKeysOf(pod).flatMap((key) => {
    const claim = view.claims.get(key)
    return claim ? requestOf(view, claim, driver) : []
  })
}

/** As requestsOf, for one claim: a list of one, or empty. */
export function requestOf(
  view: Pick<ClusterView, 'storageClasses'>,
  claim: PersistentVolumeClaim,
  driver: string,
): ClaimRequest[] {
  if (claim.spec.volumeName || claim.metadata.deletionTimestamp) return []
  const storageClass = view.storageClasses.get(claim.spec.storageClassName ?? '')
  if (!isOurs(storageClass, driver)) return []
  const sizeBytes =
    tryParseQuantity(claim.spec.resources?.requests?.storage) ??
    tryParseQuantity(claim.spec.resources?.limits?.storage) ??
    0n
  return [
    {
      key: `${claim.metadata.namespace}/${claim.metadata.name}`,
      uid: claim.metadata.uid ?? '',
      sizeBytes,
      parameters: parseClassParameters(storageClass!.parameters),
    },
  ]
}

/** The pod that a claim is being placed for: one without a node first, else any that mounts it. */
export function podOfClaim(view: Pick<ClusterView, 'pods'>, claimKey: string): Pod | undefined {
  const found = view.pods.byIndex(indexes.podsByClaim, claimKey).filter((pod) => !pod.metadata.deletionTimestamp)
  return found.find((pod) => !pod.spec?.nodeName) ?? found[0]
}
