import { lvTagPrefix, type NodeLocalVolumeSpec } from '@open-local/shared'

/** Which try made a logical volume: joins it to the note in the creation journal. */
const ATTEMPT = `${lvTagPrefix}.attempt=`
const CLAIM_UID = `${lvTagPrefix}.uid=`

/**
 * LVM tags by which a logical volume tells whose it is when nothing else is left: driver, claim, class, wipe policy.
 * Characters that LVM does not allow become `_`. Source: lvm(8), "Tags".
 */
export function tagsOf(spec: NodeLocalVolumeSpec, attempt: string): string[] {
  const { claim } = spec
  const facts: [string, string | undefined][] = [
    ['driver', spec.driver],
    ['claim', claim && `${claim.namespace}/${claim.name}`],
    ['uid', claim?.uid],
    ['class', spec.storageClassName],
    ['wipe', spec.wipePolicy],
    ['fs', spec.accessType === 'Block' ? undefined : spec.fsType],
    ['attempt', attempt],
  ]
  const tags = facts.flatMap(([key, value]) => (value ? [`${lvTagPrefix}.${key}=${legal(value)}`] : []))
  return [lvTagPrefix, ...tags]
}

export function isOwnTagged(tags: readonly string[]): boolean {
  return tags.includes(lvTagPrefix)
}

export function findAttempt(tags: readonly string[]): string | undefined {
  return findValue(tags, ATTEMPT)
}

export function findClaimUid(tags: readonly string[]): string | undefined {
  return findValue(tags, CLAIM_UID)
}

function findValue(tags: readonly string[], prefix: string): string | undefined {
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length)
}

function legal(value: string): string {
  return value.replace(/[^A-Za-z0-9_+.\-/=!:&#]/g, '_').slice(0, 512)
}
