import { defineConfig } from 'vitest/config'

/** Unit and property tests only: beside their source, needing neither root nor a cluster. */
export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/web/{features,components,lib}/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'e2e/{chart,harness}/*.test.ts',
    ],
    // What needs a virtual machine is next door, in e2e/vitest.config.ts.
    exclude: ['**/node_modules/**', '**/*.vm.test.ts'],
    testTimeout: 20_000,
  },
})
