import { type SimulatedSystem, startSimulatedSystem } from '../harness/simulated-system.ts'

/** Two nodes, with room for all claims of a run in any one pool: who cannot run has no lack of room to blame. */
export function startChaosSystem(): Promise<SimulatedSystem> {
  return startSimulatedSystem({ nodes: 2, disks: ['16Gi', '20Gi'] })
}
