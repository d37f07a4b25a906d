import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { CommandError } from './command-error.ts'

export interface RunOptions {
  /** Then it is killed; 60 s when absent, 0 for never. */
  timeoutMs?: number
}

export interface CommandOutcome {
  command: string
  result: 'ok' | 'failed' | 'timeout'
  seconds: number
}

/** Runs a command to its end and answers its standard output. Throws CommandError unless it exits with 0. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<string>

/** Nothing that we read is longer; a report of 5,000 volumes has 4 MB. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
const MAX_STDERR = 16 * 1024

/** Commands as argument lists, in the C locale, without standard input; `onDone` hears of each for metrics. */
export function commandRunner(onDone: (outcome: CommandOutcome) => void = () => {}): Run {
  return (command, args, { timeoutMs = 60_000 } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const startedAt = performance.now()
    const out: Buffer[] = []
    let outBytes = 0
    let stderr = ''
    let timedOut = false
    let ended = false
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: commandEnvironment() })
    const timer = timeoutMs > 0 ? setTimeout(giveUp, timeoutMs) : undefined
    function giveUp() {
      timedOut = true
      child.kill('SIGKILL')
      // A process stuck in the kernel does not end, even killed; its caller must not wait for it.
      setTimeout(() => finish(undefined, 'SIGKILL'), 2_000).unref()
    }
    child.stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length
      if (outBytes <= MAX_OUTPUT_BYTES) out.push(chunk)
      else child.kill('SIGKILL')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < MAX_STDERR) stderr += chunk.toString('utf8')
    })
    child.on('error', (error) => {
      stderr += error.message
      finish(undefined, undefined)
    })
    child.on('close', (code, signal) => finish(code ?? undefined, signal ?? undefined))
    function finish(exitCode: number | undefined, signal: NodeJS.Signals | undefined) {
      if (ended) return
      ended = true
      clearTimeout(timer)
      const ok = exitCode === 0 && !timedOut
      const seconds = (performance.now() - startedAt) / 1000
      onDone({ command, result: ok ? 'ok' : timedOut ? 'timeout' : 'failed', seconds })
      if (ok) resolve(Buffer.concat(out).toString('utf8'))
      else reject(new CommandError({ argv: [command, ...args], exitCode, signal, stderr, timedOut }))
    }
    return promise
  }
}

/** Without udevd LVM must make its device nodes itself, or lvcreate waits for a node that never comes. */
function commandEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    LVM_SUPPRESS_FD_WARNINGS: '1',
    ...(existsSync('/run/udev/control') ? {} : { DM_DISABLE_UDEV: '1' }),
  }
}
