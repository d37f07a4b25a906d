import { chmod } from 'node:fs/promises'
import { build } from 'esbuild'

// One minified CommonJS file: the agent's image holds Node, LVM's tools and this.
await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/agent.cjs',
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'info',
})
await chmod('dist/agent.cjs', 0o755)
