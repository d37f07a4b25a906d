import { KubeClient, Store } from '@open-local/kube'
import { type FakeApiServer, startFakeApiServer } from '@open-local/kube/testing'
import { type NodeLocalVolume, VOLUME_FINALIZER } from '@open-local/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { KubeVolumeStore, volumeType } from './volume-store.ts'

let api: FakeApiServer
let store: KubeVolumeStore
let seen: Store<NodeLocalVolume>

beforeEach(async () => {
  api = await startFakeApiServer()
  seen = new Store<NodeLocalVolume>()
  store = new KubeVolumeStore(new KubeClient(api.connection), seen)
})
afterEach(() => api.close())

function seed(): NodeLocalVolume {
  const metadata = { name: 'local-1', finalizers: [VOLUME_FINALIZER, 'other/one'], deletionTimestamp: 'now' }
  const spec = { nodeName: 'n1', driver: 'd', volumeType: 'LVM' as const, pool: 'p', sizeBytes: 1 }
  const volume = api.seed(volumeType, { metadata, spec })
  seen.set(volume)
  return volume
}

it('lets its finalizer go although the object was written meanwhile, and nobody else’s', async () => {
  const volume = seed()
  api.seed(volumeType, { ...volume, spec: { ...volume.spec, sizeBytes: 2 } })
  await store.releaseFinalizer(volume)
  expect(api.get(volumeType, 'local-1')?.metadata.finalizers).toEqual(['other/one'])
  // The watch still shows the old one: it is not looked at again.
  expect(store.find('local-1')).toBeUndefined()
  seen.delete('local-1')
  store.forget('local-1')
  seed()
  expect(store.find('local-1')).toBeDefined()
})

it('is fine with an object that is gone', async () => {
  const volume = seed()
  api.remove(volumeType, 'local-1')
  await store.releaseFinalizer(volume)
  await store.writeStatus(volume, { phase: 'Ready' })
})

it('shows what it wrote before the watch does, and writes nothing twice', async () => {
  await store.writeStatus(seed(), { phase: 'Ready', staged: true })
  expect(store.find('local-1')?.status).toEqual({ phase: 'Ready', staged: true })
  const count = api.requests.length
  await store.writeStatus(store.find('local-1')!, { phase: 'Ready', staged: true })
  expect(api.requests).toHaveLength(count)
  await store.writeStatus(store.find('local-1')!, { phase: 'Ready', staged: undefined })
  expect(api.get(volumeType, 'local-1')?.status).toEqual({ phase: 'Ready' })
})

it('never writes to a namesake that was created since', async () => {
  const volume = seed()
  api.remove(volumeType, 'local-1')
  seed()
  await expect(store.writeStatus(volume, { phase: 'Ready' })).rejects.toMatchObject({ code: 'ABORTED' })
})
