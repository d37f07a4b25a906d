import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { REPOSITORY } from './paths.ts'
import { TetheredProcess } from './tethered-process.ts'
import { HopelessError, until } from './until.ts'

const PROGRAM = join(REPOSITORY, 'packages/devcluster/src/main.ts')

/** A devcluster as a process of its own, which can be killed and started again on the same state. */
export class DevClusterProcess {
  readonly dataDir: string
  readonly kubeconfigPath: string
  #process: TetheredProcess | undefined
  #port = 0

  constructor(dataDir: string) {
    this.dataDir = dataDir
    this.kubeconfigPath = join(dataDir, 'kubeconfig')
  }

  /** Resolves when it answers: at the port of before when it is started again. */
  async start(): Promise<void> {
    await mkdir(this.dataDir, { recursive: true, mode: 0o700 })
    await rm(this.kubeconfigPath, { force: true })
    const child = new TetheredProcess(
      'devcluster',
      process.execPath,
      [PROGRAM, '--data', this.dataDir, '--port', String(this.#port)],
      { logPath: join(this.dataDir, 'log') },
    )
    this.#process = child
    const text = await until(
      async () => {
        if (!child.running)
          throw new HopelessError(`the devcluster has ended (${await child.exited}):\n${child.logTail()}`)
        return await readFile(this.kubeconfigPath, 'utf8').catch(() => undefined)
      },
      { what: 'the devcluster serves', timeoutMs: 30_000, everyMs: 20 },
    )
    this.#port = Number(/:(\d+)"/.exec(text)?.[1])
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  logTail(): string {
    return this.#process?.logTail() ?? ''
  }
}
