import { expect, it } from 'vitest'
import { countPlaywright, countVitest } from './test-report.ts'

it('counts vitest results, a file that broke before its tests included', () => {
  const report = {
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [
      {
        name: 'a',
        status: 'failed',
        assertionResults: [
          { fullName: 'a 1', status: 'passed' },
          { fullName: 'a 2', status: 'failed' },
        ],
      },
      { name: 'b', status: 'failed', assertionResults: [] },
      {
        name: 'c',
        status: 'passed',
        assertionResults: [{ fullName: 'c 1', status: 'pending', meta: { skipReason: 'no root' } }],
      },
    ],
  }
  expect(countVitest(JSON.stringify(report))).toEqual({
    passed: 1,
    failed: 2,
    skipped: [{ name: 'c 1', reason: 'no root' }],
  })
})

it('counts Playwright results; a flaky or unexpected test and a global error are failures', () => {
  const spec = (title: string, status: string) => ({ title, tests: [{ status }] })
  const report = {
    errors: [{}],
    suites: [{ specs: [spec('a', 'expected')], suites: [{ specs: [spec('b', 'flaky'), spec('c', 'skipped')] }] }],
  }
  expect(countPlaywright(JSON.stringify(report))).toEqual({
    passed: 1,
    failed: 2,
    skipped: [{ name: 'c', reason: 'no reason given' }],
  })
})
