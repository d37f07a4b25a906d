/**
 * The part of the Reflect Metadata proposal that @peculiar/x509 needs through tsyringe, which refuses to load without.
 * Import it before @peculiar/x509. Source: https://rbuckton.github.io/reflect-metadata/
 */

const metadata = new WeakMap<object, Map<unknown, unknown>>()

function getOwnMetadata(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key)
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at; at = Object.getPrototypeOf(at)) {
    if (metadata.get(at)?.has(key)) return getOwnMetadata(key, at)
  }
  return undefined
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const own = metadata.get(target) ?? new Map<unknown, unknown>()
  metadata.set(target, own.set(key, value))
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    getMetadata,
    getOwnMetadata,
    defineMetadata,
    hasMetadata: (key: unknown, target: object) => getMetadata(key, target) !== undefined,
    hasOwnMetadata: (key: unknown, target: object) => getOwnMetadata(key, target) !== undefined,
    metadata: (key: unknown, value: unknown) => (target: object) => defineMetadata(key, value, target),
  })
}
