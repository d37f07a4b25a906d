import { defineConfig } from 'vitest/config'

/** One file, one cluster: the scenarios share it, each in a namespace of its own. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    // Processes, not threads: the kernel ends a virtual machine together with the thread that started it.
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 10 * 60_000,
    hookTimeout: 30 * 60_000,
    teardownTimeout: 120_000,
  },
})
