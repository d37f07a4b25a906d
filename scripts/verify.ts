/** `npm run verify` */
import { runCli } from './cli.ts'
import { verifyTiers } from './tiers.ts'

await runCli('npm run verify', 'Runs the tiers that need neither a virtual machine nor a browser.', verifyTiers)
