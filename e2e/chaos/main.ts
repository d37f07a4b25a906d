import { Command } from 'commander'
import { buildApps } from '../harness/build-apps.ts'
import { lineProgress } from '../harness/progress.ts'
import { story } from '../scenarios/support/story.ts'
import { playSeed } from './play.ts'
import { startChaosSystem } from './system.ts'

/** `npm run chaos`: each seed is one run; a failing one is printed with the command that plays it again. */
async function main(): Promise<number> {
  const command = new Command('npm run chaos --')
    .description(
      'Plays random pods, claims, crashes and faults on the simulated cluster, heals it, and checks the books.',
    )
    .option('--seeds <count>', 'how many', '25')
    .option('--from <seed>', 'the first of them; to play a failed one again: --from SEED --seeds 1', '1')
    .option('--verbose', 'after a failure print all there is to know: objects, disks, logs', false)
    .showHelpAfterError()
  const options = command.parse().opts<{ seeds: string; from: string; verbose: boolean }>()
  const [seeds, from] = [Number(options.seeds), Number(options.from)]
  if (!Number.isInteger(seeds) || seeds < 1) command.error(`--seeds takes a number from 1, not "${options.seeds}"`)
  if (!Number.isInteger(from)) command.error(`--from takes a whole number, not "${options.from}"`)

  await buildApps(lineProgress())
  const failed: number[] = []
  let system = await startChaosSystem()
  const began = performance.now()
  for (let seed = from; seed < from + seeds; seed++) {
    try {
      await playSeed(system, seed)
    } catch (error) {
      failed.push(seed)
      process.stdout.write(`✗ ${(error as Error).message}\n`)
      if (options.verbose) process.stdout.write(`${await story(system, `seed ${seed}`)}\n`)
      await system.stop()
      system = await startChaosSystem()
    }
    const done = seed - from + 1
    if (done % 10 === 0 || done === seeds)
      process.stdout.write(
        `${done} of ${seeds} seeds, ${failed.length} failed, ${Math.round((performance.now() - began) / 1000)} s\n`,
      )
  }
  await system.stop()
  for (const seed of failed) process.stdout.write(`again: npm run chaos -- --from ${seed} --seeds 1 --verbose\n`)
  process.stdout.write(`${seeds - failed.length} passed, ${failed.length} failed\n`)
  return failed.length === 0 ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  },
)
