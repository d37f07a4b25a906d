import { defineConfig } from 'vitest/config'

/**
 * Tests of the harness itself. `*.vm.test.ts` start virtual machines, and say so where they cannot.
 * Processes, not threads: the kernel ends a virtual machine together with the thread that started it.
 */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['{harness,devcluster}/*.vm.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 10 * 60_000,
    hookTimeout: 30 * 60_000,
    teardownTimeout: 120_000,
  },
})
