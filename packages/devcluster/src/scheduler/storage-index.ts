import { keyOf } from '../api/object.ts'
import { matchesLabels } from '../api/selectors.ts'
import type { Claim, CsiStorageCapacity, LabelSelector, Node, Volume } from '../kinds.ts'
import { unitsOf } from '../quantity.ts'

/** Finds, without looking at all of them, the volumes a claim may get and the capacity a node can reach. */
export class StorageIndex {
  /** By `claim namespace/name` when a claim is named in the volume, else by `class name`. */
  readonly #volumes = new Buckets<Volume>()
  /** By class and the first label that the topology asks for; by the class alone when it asks otherwise. */
  readonly #capacities = new Buckets<{ limit: bigint; nodeTopology: LabelSelector | undefined }>()

  setVolume(volume: Volume, gone: boolean): void {
    const { claimRef, storageClassName = '' } = volume.spec
    const bucket = claimRef ? `claim ${claimRef.namespace}/${claimRef.name}` : `class ${storageClassName}`
    this.#volumes.put(volume.metadata.name, gone ? undefined : bucket, volume)
  }

  setCapacity(capacity: CsiStorageCapacity, gone: boolean): void {
    const [label] = Object.entries(capacity.nodeTopology?.matchLabels ?? {})
    const bucket = capacityBucket(capacity.storageClassName, label)
    const { nodeTopology } = capacity
    this.#capacities.put(keyOf(capacity), gone ? undefined : bucket, { limit: volumeLimit(capacity), nodeTopology })
  }

  /** Volumes that name this claim. */
  meantFor(claim: Claim): Volume[] {
    return this.#volumes.in(`claim ${keyOf(claim)}`)
  }

  /** Volumes of this class that name no claim. */
  unclaimed(className: string): Volume[] {
    return this.#volumes.in(`class ${className}`)
  }

  /** Whether an object tells of room for one volume of this size on the node. */
  hasCapacity(className: string, sizeBytes: bigint, { metadata: { labels = {} } }: Node): boolean {
    const buckets = [undefined, ...Object.entries(labels)].map((label) => capacityBucket(className, label))
    return buckets.some((bucket) =>
      this.#capacities
        .in(bucket)
        .some(({ limit, nodeTopology }) => limit >= sizeBytes && matchesLabels(nodeTopology, labels)),
    )
  }
}

/** The largest volume that the object has room for, in bytes; -1 when it says nothing. */
export function volumeLimit({ maximumVolumeSize, capacity }: CsiStorageCapacity): bigint {
  const quantity = maximumVolumeSize ?? capacity
  return quantity === undefined ? -1n : unitsOf(quantity)
}

function capacityBucket(className: string, label: readonly [string, string] | undefined): string {
  return label ? `${className} ${label[0]}=${label[1]}` : className
}

class Buckets<T> {
  readonly #bucketOf = new Map<string, string>()
  readonly #buckets = new Map<string, Map<string, T>>()

  put(key: string, bucket: string | undefined, value: T): void {
    const old = this.#bucketOf.get(key)
    if (old !== undefined && old !== bucket) {
      this.#buckets.get(old)!.delete(key)
      if (this.#buckets.get(old)!.size === 0) this.#buckets.delete(old)
    }
    if (bucket === undefined) return void this.#bucketOf.delete(key)
    this.#bucketOf.set(key, bucket)
    if (!this.#buckets.has(bucket)) this.#buckets.set(bucket, new Map())
    this.#buckets.get(bucket)!.set(key, value)
  }

  in(bucket: string): T[] {
    return [...(this.#buckets.get(bucket)?.values() ?? [])]
  }
}
