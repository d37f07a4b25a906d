import { parseArgs } from 'node:util'
import { runTiers } from './run-tiers.ts'
import type { Tier } from './tiers.ts'

/** The command line of `npm test` and `npm run verify`: which of `tiers` to run. Sets the exit code. */
export async function runCli(command: string, about: string, tiers: Tier[]): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const names = tiers.map(({ name }) => name)
  if (values.help) {
    console.log(`${command} [-- --only TIER…] [--list] [--help]

${about} Prints each tier's count and duration and each skip with its reason, and ends with
"N passed, N failed". The exit code is 1 when anything failed.

  --only TIER   only this tier; may be repeated: ${names.join(', ')}
  --list        what each tier is
`)
    return
  }
  if (values.list) {
    for (const tier of tiers) console.log(`${tier.name.padEnd(14)} ${tier.about}`)
    return
  }
  const unknown = values.only.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    console.error(`--only: there is no tier "${unknown}"; the tiers are ${names.join(', ')}`)
    process.exitCode = 2
    return
  }
  process.exitCode = await runTiers(tiers.filter(({ name }) => !values.only.length || values.only.includes(name)))
}
