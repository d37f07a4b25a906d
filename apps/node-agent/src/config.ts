import { resolve } from 'node:path'
import { DEFAULT_DRIVER, messageOf } from '@open-local/shared'
import { Command, InvalidArgumentError, Option } from 'commander'
import { parseSimulatedDisks, type SimulatedDisk } from './host/simulated-disk.ts'

/** Flags, parsed once into one typed value. */
export interface Config {
  nodeName: string
  /** JSON; in-cluster when absent. */
  kubeconfig?: string
  driver: string
  kubeletDir: string
  listen: { host: string; port: number }
  tls?: { cert: string; key: string }
  maxVolumes: number
  mountDir: string
  deviceRegexp: RegExp
  simulate: boolean
  simDisks: SimulatedDisk[]
  /** Absolute; the simulated machine is in memory when absent. */
  simState?: string
  logLevel: string
}

/** SCSI and SATA, virtio, Xen, and NVMe namespaces. Nothing that is built upon other devices (dm, md, loop). */
const DEFAULT_DEVICES = '^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\\d+n\\d+)$'

const SIM_DISKS = '100Gi,100Gi'

/** Prints and exits on `--help` and on anything that is wrong. */
export function parseConfig(argv: readonly string[]): Config {
  const command = new Command('open-local-agent')
    .description('Open-Local node agent: discovers disks, makes volumes, mounts them for the kubelet')
    .addOption(new Option('--node-name <name>', 'name of this node').env('NODE_NAME').makeOptionMandatory())
    .option('--kubeconfig <file>', 'kubeconfig as JSON; the pod’s service account when absent')
    .option('--driver <name>', 'CSI driver name', DEFAULT_DRIVER)
    .option('--kubelet-dir <path>', 'root directory of the kubelet', absolute, '/var/lib/kubelet')
    .option('--listen <host:port>', 'health and metrics over HTTPS', parseListen, parseListen('0.0.0.0:9808'))
    .option('--tls-cert <file>', 'certificate (PEM); a self-signed one when absent')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--max-volumes <count>', 'volumes that this node may hold, 0 to 1024', parseMaxVolumes, 256)
    .option('--mount-dir <path>', 'mounts directly below it are reported', absolute, '/mnt/open-local')
    .option('--device-regexp <expression>', 'kernel names of disks to report', regexp, regexp(DEFAULT_DEVICES))
    .option('--simulate', 'simulated disks: none of this machine is touched; needs neither root nor Linux', false)
    .option('--sim-disks <disks>', 'simulated disks, like 100Gi,2Ti:hdd,1Ti:nvme', parseDisks, parseDisks(SIM_DISKS))
    .option('--sim-state <directory>', 'keep the simulated machine here; in memory when absent', (path) =>
      resolve(path),
    )
    .addOption(
      new Option('--log-level <level>', 'least important line to log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
  const defaults = new Set(['listen', 'deviceRegexp', 'simDisks'])
  // Parsed defaults would print as objects.
  for (const option of command.options)
    if (defaults.has(option.attributeName()))
      option.defaultValueDescription = {
        listen: '0.0.0.0:9808',
        deviceRegexp: DEFAULT_DEVICES,
        simDisks: SIM_DISKS,
      }[option.attributeName() as 'listen']
  command.parse(argv, { from: 'user' })
  const flags = command.opts()
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined))
    command.error('error: --tls-cert and --tls-key go together')
  if (flags.simState !== undefined && !flags.simulate) command.error('error: --sim-state goes with --simulate')
  return {
    nodeName: flags.nodeName,
    kubeconfig: flags.kubeconfig,
    driver: flags.driver,
    kubeletDir: flags.kubeletDir,
    listen: flags.listen,
    tls: flags.tlsCert ? { cert: flags.tlsCert, key: flags.tlsKey } : undefined,
    maxVolumes: flags.maxVolumes,
    mountDir: flags.mountDir,
    deviceRegexp: flags.deviceRegexp,
    simulate: flags.simulate,
    simDisks: flags.simDisks,
    simState: flags.simState,
    logLevel: flags.logLevel,
  }
}

function absolute(path: string): string {
  if (!path.startsWith('/')) throw new InvalidArgumentError('It must be an absolute path.')
  return path.length > 1 ? path.replace(/\/+$/, '') : path
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535) throw new InvalidArgumentError('Write it like 0.0.0.0:9808 or [::]:9808.')
  return { host: match[1] ?? match[2] ?? '', port }
}

function parseMaxVolumes(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count > 1024) throw new InvalidArgumentError('It must be a whole number from 0 to 1024.')
  return count
}

function regexp(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

function parseDisks(text: string): SimulatedDisk[] {
  try {
    return parseSimulatedDisks(text)
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error))
  }
}
