/**
 * The node agent: one process on each node. `agent.ts` builds the parts; rooms: `discovery/` reports what the node
 * has, `disk-init/` makes pools, `volumes/` makes volumes, `csi-node/` mounts them, `http/` can only be read, and
 * `host/` is the one door to the machine.
 */
import { messageOf } from '@open-local/shared'
import pino from 'pino'
import { startAgent } from './agent.ts'
import { parseConfig } from './config.ts'

async function main(): Promise<void> {
  const config = parseConfig(process.argv.slice(2))
  // Written at once: a killed process must not take its last words with it.
  const log = pino({ level: config.logLevel, base: { node: config.nodeName } }, pino.destination({ sync: true }))
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1)
      log.info({ signal }, 'stopping')
      stopping.abort()
    })
  process.on('unhandledRejection', (error) => log.error({ err: error }, `unhandled: ${messageOf(error)}`))
  try {
    const agent = await startAgent(config, log)
    log.info({ socket: agent.socketPath, port: agent.port, simulated: config.simulate }, 'the node agent runs')
    if (!stopping.signal.aborted)
      await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
    await agent.stop()
    log.info({}, 'stopped')
    process.exit(0)
  } catch (error) {
    log.error({ err: error }, `the node agent can't run: ${messageOf(error)}`)
    process.exit(1)
  }
}

void main()
