import { CommandError } from './command-error.ts'
import type { Run } from './run.ts'

interface Answer {
  stdout?: string
  stderr?: string
  exitCode?: number
}

/** For tests: answers each command from a script, in order, and remembers how it was called. */
export function recordingRun(answers: Answer[] = []): { run: Run; commands: string[][] } {
  const commands: string[][] = []
  const run: Run = async (command, args) => {
    const argv = [command, ...args]
    commands.push(argv)
    const { stdout = '', stderr = '', exitCode = 0 } = answers.shift() ?? {}
    if (exitCode !== 0) throw new CommandError({ argv, exitCode, signal: undefined, stderr, timedOut: false })
    return stdout
  }
  return { run, commands }
}
