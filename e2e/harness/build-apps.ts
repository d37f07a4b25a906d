import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { REPOSITORY } from './paths.ts'
import type { Progress } from './progress.ts'

/** Our programs are built from the sources as they are now; turbo knows which need it. Throws what a build has said. */
export async function buildApps(progress: Progress): Promise<void> {
  const bin = join(REPOSITORY, 'node_modules/.bin')
  const step = progress.step('build our programs')
  const build = await execa(join(bin, 'turbo'), ['run', 'build', '--output-logs=errors-only'], {
    cwd: REPOSITORY,
    stdin: 'ignore',
    all: true,
    reject: false,
    env: {
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      TURBO_TELEMETRY_DISABLED: '1',
      NEXT_TELEMETRY_DISABLED: '1',
    },
  })
  if (build.failed) throw new Error(`The build failed:\n${build.all}`)
  step.done()
}
