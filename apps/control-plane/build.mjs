// One file for the control plane; better-sqlite3 stays outside because it carries a native library.
import { cp, readFile, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const { version } = JSON.parse(await readFile('package.json', 'utf8'))
await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: ['better-sqlite3'],
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';import { dirname as __dir } from 'node:path';import { fileURLToPath as __path } from 'node:url';const require = __createRequire(import.meta.url);const __filename = __path(import.meta.url);const __dirname = __dir(__filename);",
  },
})
await cp('prisma/migrations', 'dist/migrations', { recursive: true, force: true }).catch((error) => {
  if (error.code !== 'ENOENT') throw error
})
