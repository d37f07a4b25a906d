/** `npm test` */
import { runCli } from './cli.ts'
import { testTiers } from './tiers.ts'

await runCli('npm test', 'Runs every tier that this machine can run.', testTiers)
