import { defineConfig } from 'vitest/config'

/** Unmodified kubectls and helm on the simulated cluster. Processes, as for virtual machines: children end with them. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    exclude: ['*.vm.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
