import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TetheredOptions {
  /** Standard error, and standard output unless it is piped, are appended here. */
  logPath: string
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Gives the caller standard input and output as pipes. */
  pipes?: boolean
}

/** Only Linux has a way to make a child end with its parent; elsewhere a killed harness leaves its children behind. */
const TETHER = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : []

/**
 * A child process that cannot outlive this one: the kernel kills it when this process ends in any way, SIGKILL included.
 * It has a session of its own, so that Ctrl-C reaches only this process, which then stops its children in order.
 */
export class TetheredProcess {
  readonly name: string
  readonly child: ChildProcess
  readonly logPath: string
  /** Resolves when the process has ended, with how; never rejects. */
  readonly exited: Promise<string>
  /** Resolves when the process has ended without `stop` or `kill`; otherwise never. */
  readonly crashed: Promise<Error>
  #ended: string | undefined
  #stopping = false

  constructor(name: string, command: string, args: string[], options: TetheredOptions) {
    this.name = name
    this.logPath = options.logPath
    const log = openSync(options.logPath, 'a', 0o600)
    const [program = command, ...rest] = [...TETHER, command, ...args]
    this.child = spawn(program, rest, {
      stdio: options.pipes ? ['pipe', 'pipe', log] : ['ignore', log, log],
      env: options.env ?? process.env,
      cwd: options.cwd,
      detached: true,
    })
    closeSync(log)
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#ended = how
        resolve(how)
      }
      this.child.once('exit', (code, signal) => end(signal ? `killed by ${signal}` : `exit code ${code}`))
      this.child.once('error', (error) => end(error.message))
    })
    this.crashed = new Promise((resolve) => {
      void this.exited.then((how) => {
        if (!this.#stopping) resolve(new Error(`${name} has ended (${how}):\n${this.logTail()}`))
      })
    })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get running(): boolean {
    return this.#ended === undefined
  }

  /** Throws with the end of its log when the process is no longer there. */
  assertRunning(): void {
    if (this.#ended !== undefined) throw new Error(`${this.name} has ended (${this.#ended}):\n${this.logTail()}`)
  }

  logTail(lines = 15): string {
    return readFileSync(this.logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** Asks it to end, and kills it when it has not done so in `graceMs`. Safe to repeat. */
  async stop(graceMs = 5_000): Promise<void> {
    if (!this.running) return
    this.#stopping = true
    this.child.kill('SIGTERM')
    const abort = new AbortController()
    await Promise.race([this.exited, sleep(graceMs, undefined, { signal: abort.signal }).catch(() => {})])
    abort.abort()
    await this.kill()
  }

  async kill(): Promise<void> {
    this.#stopping = true
    if (this.running) this.child.kill('SIGKILL')
    await this.exited
  }
}
