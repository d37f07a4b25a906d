import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { RegistrationService } from '@open-local/proto/pluginregistration'
import { expect, onTestFinished, test } from 'vitest'
import { socketClient } from './client.ts'
import { recordingLogger } from './recording-logger.ts'
import { serveRegistration } from './registration.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const driver = 'local.csi.aliyun.com'
const endpoint = '/var/lib/kubelet/plugins/local.csi.aliyun.com/csi.sock'

async function register() {
  const registry = join(temporaryDirectory(), 'plugins_registry')
  const logger = recordingLogger()
  const server = await serveRegistration({ registry, driver, endpoint, logger })
  const client = socketClient(join(registry, `${driver}-reg.sock`), { kubelet: RegistrationService })
  onTestFinished(async () => {
    client.close()
    await server.stop()
  })
  return { registry, logger, server, call: client.kubelet }
}

test('the kubelet learns the type, name, socket and versions of the driver', async () => {
  const { call, server } = await register()
  await expect(call.getInfo({})).resolves.toEqual({
    type: 'CSIPlugin',
    name: driver,
    endpoint,
    supportedVersions: ['1.0.0'],
  })
  expect(server.findResult()).toBeUndefined()
})

test("the kubelet's last word is kept, and a refusal is logged", async () => {
  const { call, server, logger } = await register()
  await call.notifyRegistrationStatus({ pluginRegistered: false, error: 'node id is empty' })
  expect(server.findResult()).toEqual({ registered: false, error: 'node id is empty' })
  expect(logger.lines).toContainEqual(
    expect.objectContaining({ level: 'error', fields: { driver, error: 'node id is empty' } }),
  )
  await call.notifyRegistrationStatus({ pluginRegistered: true, error: '' })
  expect(server.findResult()).toEqual({ registered: true, error: '' })
})

test('only the socket is in the registry, and nothing after stop', async () => {
  const { registry, server } = await register()
  expect(readdirSync(registry)).toEqual([`${driver}-reg.sock`])
  await server.stop()
  expect(readdirSync(registry)).toEqual([])
})
