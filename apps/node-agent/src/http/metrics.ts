import type { CallOutcome } from '@open-local/csi'
import type { NodeLocalVolume } from '@open-local/shared'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { FileSystemUsage, VolumeGroup } from '../host/host.ts'
import type { CommandOutcome } from '../host/run.ts'

/** What is read at the moment of the scrape; nothing of it starts a process. */
export interface MetricSources {
  volumes(): NodeLocalVolume[]
  groups(): VolumeGroup[]
  /** Undefined where the volume is not mounted. */
  usage(volume: NodeLocalVolume): Promise<FileSystemUsage | undefined>
}

export interface AgentMetrics {
  onCommand(outcome: CommandOutcome): void
  onCall(outcome: CallOutcome): void
  scrape(sources: MetricSources): Promise<{ contentType: string; text: string }>
}

export function agentMetrics(): AgentMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const commands = new Counter({
    name: 'open_local_host_commands_total',
    help: 'Processes started on the host',
    labelNames: ['command', 'result'],
    registers,
  })
  const seconds = new Histogram({
    name: 'open_local_host_command_seconds',
    help: 'Time that a process on the host took',
    labelNames: ['command'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 120],
    registers,
  })
  const calls = new Counter({
    name: 'open_local_csi_requests_total',
    help: 'CSI calls answered',
    labelNames: ['method', 'code'],
    registers,
  })
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers })
  const volumeLabels = ['volume', 'namespace', 'claim']
  const used = gauge('open_local_volume_used_bytes', 'Bytes in use in a mounted volume', volumeLabels)
  const size = gauge('open_local_volume_size_bytes', 'Size of a volume', volumeLabels)
  const inodes = gauge('open_local_volume_inodes_used', 'Inodes in use in a mounted volume', volumeLabels)
  const total = gauge('open_local_volume_group_total_bytes', 'Size of a VolumeGroup', ['vg'])
  const free = gauge('open_local_volume_group_free_bytes', 'Unallocated bytes of a VolumeGroup', ['vg'])
  return {
    onCommand({ command, result, seconds: took }) {
      commands.inc({ command, result })
      seconds.observe({ command }, took)
    },
    onCall: ({ method, code }) => calls.inc({ method, code }),
    async scrape(sources) {
      for (const metric of [used, size, inodes, total, free]) metric.reset()
      for (const group of sources.groups()) {
        total.set({ vg: group.name }, Number(group.sizeBytes))
        free.set({ vg: group.name }, Number(group.freeBytes))
      }
      for (const volume of sources.volumes()) {
        const { claim } = volume.spec
        const labels = {
          volume: volume.metadata.name,
          namespace: claim?.namespace ?? '',
          claim: claim?.name ?? '',
        }
        if (volume.status?.sizeBytes !== undefined) size.set(labels, volume.status.sizeBytes)
        const usage = await sources.usage(volume).catch(() => undefined)
        if (!usage) continue
        used.set(labels, Number(usage.usedBytes))
        inodes.set(labels, Number(usage.usedInodes))
      }
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}
