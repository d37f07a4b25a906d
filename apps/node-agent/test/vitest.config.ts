import { defineConfig } from 'vitest/config'

/** Starts virtual machines, so it is no part of the unit tests. One process, for a VM ends with the thread it began in. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.vm.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 10 * 60_000,
    hookTimeout: 30 * 60_000,
  },
})
