import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Counts, countPlaywright, countVitest } from './test-report.ts'
import type { Tier } from './tiers.ts'

interface TierResult extends Counts {
  tier: Tier
  seconds: number
  skipReason?: string
}

/**
 * Runs the tiers in order, all of them even after a failure, and prints each one's count and duration, each skip with
 * its reason, and last `N passed, N failed[, N skipped]`. Returns the exit code.
 */
export async function runTiers(tiers: Tier[]): Promise<number> {
  const results: TierResult[] = []
  for (const tier of tiers) {
    const skipReason = tier.skip?.()
    if (skipReason) {
      console.log(`\n── ${tier.name}: skipped: ${skipReason}`)
      results.push({
        tier,
        seconds: 0,
        passed: 0,
        failed: 0,
        skipped: [{ name: tier.name, reason: skipReason }],
        skipReason,
      })
      continue
    }
    console.log(`\n── ${tier.name}: ${tier.about}`)
    const started = performance.now()
    const counts = await runTier(tier)
    results.push({ tier, seconds: (performance.now() - started) / 1000, ...counts })
  }
  print(results)
  return results.some((r) => r.failed) ? 1 : 0
}

async function runTier(tier: Tier): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'open-local-test-'))
  const report = join(folder, 'report.json')
  try {
    const code = await run([...tier.argv, ...reportArguments(tier, report)], report)
    if (tier.kind === 'check') return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] }
    if (!existsSync(report)) return { passed: 0, failed: 1, skipped: [] }
    const counts = (tier.kind === 'vitest' ? countVitest : countPlaywright)(readFileSync(report, 'utf8'))
    // A runner that failed although every test passed (an unhandled error, a failed teardown) still failed.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function reportArguments(tier: Tier, report: string): string[] {
  if (tier.kind === 'vitest') return ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return tier.kind === 'playwright' ? ['--reporter=list,json'] : []
}

function run(argv: string[], report: string): Promise<number> {
  const [command = '', ...args] = argv
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      NEXT_TELEMETRY_DISABLED: '1',
      TURBO_TELEMETRY_DISABLED: '1',
      CHECKPOINT_DISABLE: '1',
    }
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
    child.on('error', (error) => {
      console.log(`${command}: ${error.message}`)
      resolve(127)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function print(results: TierResult[]): void {
  console.log('\n── summary')
  for (const r of results) {
    const counts = r.skipReason
      ? 'skipped'
      : `${r.passed} passed, ${r.failed} failed${r.skipped.length ? `, ${r.skipped.length} skipped` : ''}`
    console.log(
      `${r.failed ? '✗' : r.skipReason ? '-' : '✓'} ${r.tier.name.padEnd(18)} ${counts.padEnd(40)} ${r.seconds.toFixed(1).padStart(7)} s`,
    )
    for (const s of r.skipped) console.log(`    skipped: ${s.name}: ${s.reason}`)
  }
  const sum = (pick: (r: TierResult) => number) => results.reduce((total, r) => total + pick(r), 0)
  const skipped = sum((r) => r.skipped.length)
  console.log(
    `\n${sum((r) => r.passed)} passed, ${sum((r) => r.failed)} failed${skipped ? `, ${skipped} skipped` : ''}`,
  )
}
