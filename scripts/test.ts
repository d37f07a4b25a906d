/** `npm test`: every tier that this machine can run. `npm run verify`: the tiers that need no VM and no browser. */
import { parseArgs } from 'node:util'
import { runTiers } from './run-tiers.ts'
import { testTiers, verifyTiers } from './tiers.ts'

const { values } = parseArgs({
  options: {
    verify: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const tiers = values.verify ? verifyTiers : testTiers
if (values.help) {
  console.log(`npm test [-- --only TIER…] [--list] [--help]

Runs every tier that this machine can run, prints each tier's count and duration and each skip with its reason,
and ends with "N passed, N failed". Exit code 1 when anything failed.

  --only TIER   only this tier; may be repeated
  --list        the tiers, one a line
`)
} else if (values.list) {
  for (const tier of tiers) console.log(`${tier.name.padEnd(18)} ${tier.about}`)
} else {
  const unknown = values.only.filter((name) => !tiers.some((tier) => tier.name === name))
  if (unknown.length) {
    console.error(`--only: there is no tier "${unknown[0]}"; the tiers are ${tiers.map((t) => t.name).join(', ')}`)
    process.exit(2)
  }
  process.exitCode = await runTiers(
    values.only.length ? tiers.filter((tier) => values.only.includes(tier.name)) : tiers,
  )
}
