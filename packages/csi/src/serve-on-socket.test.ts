import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ControllerService, DeleteVolumeRequest, IdentityService, NodeService } from '@open-local/proto/csi'
import { errorCodes, OpenLocalError } from '@open-local/shared'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { CallOutcome } from './call.ts'
import { csiClient } from './client.ts'
import { recordingLogger } from './recording-logger.ts'
import { serveOnSocket } from './serve-on-socket.ts'
import { type CallContext, type Service, service } from './service.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const ready = service(IdentityService, { probe: async () => ({ ready: true }) })

async function serve(services: Service[], path = join(temporaryDirectory(), 'csi.sock')) {
  const logger = recordingLogger()
  const outcomes: CallOutcome[] = []
  const server = await serveOnSocket({ path, services, logger, onCall: (outcome) => outcomes.push(outcome) })
  const client = csiClient(path)
  onTestFinished(async () => {
    client.close()
    await server.stop({ deadlineMs: 0 })
  })
  return { path, server, client, logger, outcomes }
}

/** A DeleteVolume that runs until it is let go, and keeps what it was given. */
function heldDelete() {
  const started = Promise.withResolvers<CallContext>()
  const gate = Promise.withResolvers<void>()
  const controller = service(ControllerService, {
    async deleteVolume(_, context) {
      started.resolve(context)
      await gate.promise
      return {}
    },
  })
  return { controller, started: started.promise, release: gate.resolve }
}

const deletion = DeleteVolumeRequest.fromPartial({ volumeId: 'v1', secrets: { key: 'hush' } })

describe('calls', () => {
  test('a reply reaches the caller with 64-bit numbers whole, and is counted', async () => {
    const node = service(NodeService, {
      nodeExpandVolume: async ({ capacityRange }) => ({ capacityBytes: capacityRange?.requiredBytes ?? 0n }),
    })
    const { client, outcomes, logger } = await serve([ready, node])
    const requiredBytes = 2n ** 53n + 1n
    const reply = await client.node.nodeExpandVolume({
      volumeId: 'v1',
      volumePath: '/v1',
      stagingTargetPath: '',
      capacityRange: { requiredBytes, limitBytes: 0n },
      secrets: {},
    })
    expect(reply).toEqual({ capacityBytes: requiredBytes })
    expect(outcomes).toEqual([{ method: '/csi.v1.Node/NodeExpandVolume', code: 'OK', durationMs: expect.any(Number) }])
    expect(logger.lines.map(({ level }) => level)).toEqual(['debug'])
  })

  test.each(errorCodes)(
    '%s thrown by a handler is what the caller gets, the metrics count and the log says',
    async (code) => {
      const controller = service(ControllerService, {
        async deleteVolume() {
          throw new OpenLocalError(code, 'Volume v1 is gone – really')
        },
      })
      const { client, outcomes, logger } = await serve([controller])
      await expect(client.controller.deleteVolume(deletion)).rejects.toMatchObject({
        code,
        message: 'Volume v1 is gone – really',
      })
      expect(outcomes).toMatchObject([{ method: '/csi.v1.Controller/DeleteVolume', code }])
      expect(logger.lines).toMatchObject([{ level: 'warn', fields: { code, request: { secrets: { key: '***' } } } }])
    },
  )

  test('an unknown error is logged whole and told plainly; secrets appear in neither', async () => {
    const fault = new TypeError('Cannot read properties of undefined')
    const controller = service(ControllerService, {
      async deleteVolume() {
        throw fault
      },
    })
    const { client, logger } = await serve([controller])
    const answer = client.controller.deleteVolume(deletion)
    await expect(answer).rejects.toMatchObject({ code: 'INTERNAL' })
    await expect(answer).rejects.not.toThrow(/Cannot read/)
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { err: fault } }])
    expect(JSON.stringify(logger.lines)).not.toContain('hush')
  })

  test('a handler that throws before it awaits, or answers what cannot be sent, fails its own call only', async () => {
    const node = service(NodeService, {
      nodeGetInfo: () => {
        throw new OpenLocalError('UNAVAILABLE', 'Not yet')
      },
      nodeExpandVolume: async () => ({ capacityBytes: 2n ** 70n }),
    })
    const { client, logger } = await serve([ready, node])
    await expect(client.node.nodeGetInfo({})).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'Not yet' })
    const request = { volumeId: 'v1', volumePath: '', stagingTargetPath: '', secrets: {} }
    await expect(client.node.nodeExpandVolume(request)).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(logger.lines.at(-1)?.level).toBe('error')
    await expect(client.identity.probe({})).resolves.toEqual({ ready: true })
  })

  test('a call without a handler, and a service that is not served, are UNIMPLEMENTED', async () => {
    const { client, outcomes } = await serve([ready])
    await expect(client.identity.getPluginInfo({})).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      message: expect.stringContaining('/csi.v1.Identity/GetPluginInfo'),
    })
    expect(outcomes).toMatchObject([{ code: 'UNIMPLEMENTED' }])
    await expect(client.node.nodeGetInfo({})).rejects.toMatchObject({ code: 'UNIMPLEMENTED' })
  })

  test('an observer that fails does not fail the call', async () => {
    const path = join(temporaryDirectory(), 'csi.sock')
    const logger = recordingLogger()
    const onCall = () => {
      throw new Error('metrics are broken')
    }
    const server = await serveOnSocket({ path, services: [ready], logger, onCall })
    const client = csiClient(path)
    await expect(client.identity.probe({})).resolves.toEqual({ ready: true })
    client.close()
    await server.stop()
    expect(logger.lines.at(-1)).toMatchObject({ level: 'error', fields: { method: '/csi.v1.Identity/Probe' } })
  })

  test.each(['signal', 'timeout'])('a caller that gives up by %s aborts the handler', async (how) => {
    const started = Promise.withResolvers<AbortSignal>()
    const ended = Promise.withResolvers<void>()
    const controller = service(ControllerService, {
      async deleteVolume(_, { signal }) {
        started.resolve(signal)
        await once(new EventTarget(), 'never', { signal }).finally(ended.resolve)
        return {}
      },
    })
    const { client, outcomes, logger } = await serve([controller])
    const caller = new AbortController()
    const options = how === 'signal' ? { signal: caller.signal } : { timeoutMs: 100 }
    const answer = client.controller.deleteVolume(deletion, options).catch((error: unknown) => error)
    const signal = await started.promise
    caller.abort()
    await ended.promise
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' })
    expect(await answer).toMatchObject({ code: how === 'signal' ? 'CANCELLED' : 'DEADLINE_EXCEEDED' })
    await expect.poll(() => outcomes).toMatchObject([{ code: 'CANCELLED' }])
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn'])
  })

  test('a handler that fails on its own account while aborted is counted and logged with that failure', async () => {
    const started = Promise.withResolvers<void>()
    const controller = service(ControllerService, {
      async deleteVolume(_, { signal }) {
        started.resolve()
        await once(new EventTarget(), 'never', { signal }).catch(() => {})
        throw new OpenLocalError('FAILED_PRECONDITION', 'Volume v1 is half removed')
      },
    })
    const { client, outcomes } = await serve([controller])
    const caller = new AbortController()
    const answer = client.controller.deleteVolume(deletion, { signal: caller.signal }).catch(() => {})
    await started.promise
    caller.abort()
    await answer
    await expect.poll(() => outcomes).toMatchObject([{ code: 'FAILED_PRECONDITION' }])
  })
})

describe('the socket', () => {
  test('is made with its directory, for its owner only, and leaves nothing behind', async () => {
    const directory = join(temporaryDirectory(), 'plugins', 'local.csi.aliyun.com')
    const { path, server } = await serve([ready], join(directory, 'csi.sock'))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['csi.sock'])
    await server.stop()
    expect(readdirSync(directory)).toEqual([])
  })

  test('of a process that was killed is replaced', async () => {
    const path = join(temporaryDirectory(), 'csi.sock')
    const script = `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`
    const process_ = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(process_.stdout, 'data')
    process_.kill('SIGKILL')
    await once(process_, 'exit')
    expect(statSync(path).isSocket()).toBe(true)
    const { client } = await serve([ready], path)
    await expect(client.identity.probe({})).resolves.toEqual({ ready: true })
  })

  test('of a living process is left alone, and the second server refused', async () => {
    const { path, client } = await serve([ready])
    const second = serveOnSocket({ path, services: [ready], logger: recordingLogger() })
    await expect(second).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringContaining(path) })
    await expect(client.identity.probe({})).resolves.toEqual({ ready: true })
  })

  test('never replaces a file that is not a socket', async () => {
    const path = join(temporaryDirectory(), 'csi.sock')
    writeFileSync(path, 'precious')
    await expect(serveOnSocket({ path, services: [ready], logger: recordingLogger() })).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('not a socket'),
    })
    expect(statSync(path).size).toBe(8)
  })

  test('with a path that the kernel would cut is refused', async () => {
    const path = join(temporaryDirectory(), `${'x'.repeat(108)}.sock`)
    const refused = serveOnSocket({ path, services: [ready], logger: recordingLogger() })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('that a successor put in its place is not removed by a late stop', async () => {
    const { path, server } = await serve([ready])
    rmSync(path)
    const successor = createServer().listen(path)
    await once(successor, 'listening')
    chmodSync(path, 0o600)
    await server.stop()
    expect(existsSync(path)).toBe(true)
    successor.close()
  })

  test('that nobody serves is UNAVAILABLE, and works once somebody does', async () => {
    const path = join(temporaryDirectory(), 'csi.sock')
    const client = csiClient(path)
    onTestFinished(() => client.close())
    await expect(client.identity.probe({})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await serve([ready], path)
    await expect
      .poll(() => client.identity.probe({}).catch((error: OpenLocalError) => error.code), { timeout: 10_000 })
      .toEqual({ ready: true })
  })
})

describe('stop', () => {
  test('lets a call under way finish, takes no new one, and is the same for all who ask', async () => {
    const held = heldDelete()
    const { path, server, client } = await serve([held.controller])
    const answer = client.controller.deleteVolume(deletion)
    await held.started
    let stopped = false
    const stops = Promise.all([server.stop(), server.stop({ deadlineMs: 0 }), server.stop()]).then(() => {
      stopped = true
    })
    await expect.poll(() => existsSync(path)).toBe(false)
    const late = csiClient(path)
    await expect(late.controller.deleteVolume(deletion)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    late.close()
    expect(stopped).toBe(false)
    held.release()
    await expect(answer).resolves.toEqual({})
    await stops
    await server.stop()
  })

  test('after its deadline aborts a call, which may still answer', async () => {
    const started = Promise.withResolvers<void>()
    const controller = service(ControllerService, {
      async deleteVolume(_, { signal }) {
        started.resolve()
        await once(new EventTarget(), 'never', { signal })
        return {}
      },
    })
    const { server, client, outcomes } = await serve([controller])
    const answer = client.controller.deleteVolume(deletion).catch((error: unknown) => error)
    await started.promise
    await server.stop({ deadlineMs: 1 })
    expect(await answer).toMatchObject({ code: 'UNAVAILABLE', message: 'The driver is stopping; call again' })
    expect(outcomes).toMatchObject([{ code: 'UNAVAILABLE' }])
  })

  test('cuts off a call that heeds nothing', async () => {
    const held = heldDelete()
    const { server, client } = await serve([held.controller])
    const answer = client.controller.deleteVolume(deletion, { timeoutMs: 3_600_000 }).catch((error: unknown) => error)
    const { signal } = await held.started
    await server.stop({ deadlineMs: 1 })
    expect(signal.aborted).toBe(true)
    expect(await answer).toBeInstanceOf(OpenLocalError)
    held.release()
  })

  test('of an idle server with a connected client does not wait for the client', async () => {
    const { server, client } = await serve([ready])
    await client.identity.probe({})
    await server.stop({ deadlineMs: 3_600_000 })
    await expect(client.identity.probe({})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
