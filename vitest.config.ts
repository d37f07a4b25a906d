import { defineConfig } from 'vitest/config'

/** Unit and property tests only: beside their source, needing neither root nor a cluster. */
export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/web/{features,components,lib}/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
    ],
    testTimeout: 20_000,
  },
})
