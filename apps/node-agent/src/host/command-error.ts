import { type ErrorCode, OpenLocalError } from '@open-local/shared'

export interface CommandFailure {
  argv: readonly string[]
  exitCode: number | undefined
  signal: NodeJS.Signals | undefined
  stderr: string
  timedOut: boolean
}

/** A command that failed; what to make of its exit code is known to its wrapper only. */
export class CommandError extends OpenLocalError {
  override readonly name = 'CommandError'
  readonly argv: readonly string[]
  readonly exitCode: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stderr: string
  readonly timedOut: boolean

  constructor(failure: CommandFailure, code: ErrorCode = failure.timedOut ? 'DEADLINE_EXCEEDED' : 'INTERNAL') {
    const how = failure.timedOut
      ? 'did not end in time and was killed'
      : failure.signal
        ? `was ended by ${failure.signal}`
        : failure.exitCode === undefined
          ? 'did not start'
          : `failed with exit code ${failure.exitCode}`
    const said = lastWords(failure.stderr)
    super(code, `${failure.argv.join(' ')} ${how}${said ? `: ${said}` : ''}`)
    this.argv = failure.argv
    this.exitCode = failure.exitCode
    this.signal = failure.signal
    this.stderr = failure.stderr
    this.timedOut = failure.timedOut
  }

  /** The same failure under the code that its wrapper found for it. */
  as(code: ErrorCode): CommandError {
    return new CommandError(this, code)
  }
}

/** LVM's warnings say nothing of the failure itself. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(WARNING|File descriptor)/.test(line))
  return lines.join('; ').slice(0, 500)
}
