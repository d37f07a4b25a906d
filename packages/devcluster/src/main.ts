import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { DevCluster, type DevClusterOptions } from './devcluster.ts'

type FileOptions = Partial<Omit<DevClusterOptions, 'dataDir' | 'log'>>

/** The devcluster as a program: it serves until it is asked to end, and has its state in one folder. */
async function main(): Promise<void> {
  const command = new Command('devcluster')
    .description(
      'A simulated cluster with the API of Kubernetes, on loopback. It runs no containers and is not Kubernetes.',
    )
    .requiredOption('--data <dir>', 'where state, keys and the kubeconfig are kept')
    .option('--port <number>', 'port on 127.0.0.1; any free one when 0', portNumber, 0)
    .option('--config <file>', 'JSON: nodes, extenders, provisioner', readConfig, {})
    .showHelpAfterError()
    .parse()
  const { data, port, config } = command.opts<{ data: string; port: number; config: FileOptions }>()
  const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`)
  const cluster = await DevCluster.start({ ...config, dataDir: data, port, log })
  log(`serves at ${cluster.server}; kubeconfig: ${cluster.kubeconfigPath}`)
  const stop = async (): Promise<void> => {
    await cluster.stop()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop())
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return port
}

function readConfig(path: string): FileOptions {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as FileOptions
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
