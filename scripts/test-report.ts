/** Counts of one tier, and what to print of the tests that did not run. */
export interface Counts {
  passed: number
  failed: number
  skipped: { name: string; reason: string }[]
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numFailedTestSuites?: number
  testResults: {
    name: string
    status?: string
    assertionResults: { fullName: string; status: string; meta?: { skipReason?: string } }[]
  }[]
}

/** Reads vitest's `json` report. A file that failed before any of its tests ran counts as one failure. */
export function countVitest(json: string): Counts {
  const report = JSON.parse(json) as VitestReport
  const all = report.testResults.flatMap((file) => file.assertionResults)
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  return {
    passed: all.filter((test) => test.status === 'passed').length,
    failed: all.filter((test) => test.status === 'failed').length + brokenFiles,
    skipped: all
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map((test) => ({ name: test.fullName, reason: test.meta?.skipReason ?? 'its own condition, printed above' })),
  }
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[]
  specs?: { title: string; tests: { status: string; annotations?: { type: string; description?: string }[] }[] }[]
}

/** Reads Playwright's `json` report; errors outside of any test (a server that did not start) count as one failure each. */
export function countPlaywright(json: string): Counts {
  const report = JSON.parse(json) as { suites: PlaywrightSuite[]; errors?: unknown[] }
  const counts: Counts = { passed: 0, failed: report.errors?.length ?? 0, skipped: [] }
  const visit = (suite: PlaywrightSuite): void => {
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        if (test.status === 'expected') counts.passed++
        else if (test.status === 'skipped') {
          counts.skipped.push({
            name: spec.title,
            reason: test.annotations?.find((a) => a.type === 'skip')?.description ?? 'no reason given',
          })
        } else counts.failed++
      }
    }
    suite.suites?.forEach(visit)
  }
  report.suites.forEach(visit)
  return counts
}
