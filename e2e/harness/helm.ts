import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheKey } from './cache.ts'
import { ensureLayerProgram } from './layer-programs.ts'
import { REPOSITORY } from './paths.ts'

export const CHART = join(REPOSITORY, 'deploy/charts/open-local')
export const NAMESPACE = 'kube-system'

/**
 * Installs our chart, or brings an installed one up to date. Does nothing when this very chart is installed already,
 * which `dataDir` remembers: helm takes two seconds to find that out.
 */
export async function installChart(options: {
  kubeconfigPath: string
  dataDir: string
  /** By path in values.yaml, as they are. */
  values?: Record<string, unknown>
  /** Off for a cluster that has no server-side apply. Default: on, as helm has it. */
  serverSide?: boolean
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
    await ensureLayerProgram('helm', 36),
    [
      ...['upgrade', '--install', 'open-local', CHART, '--namespace', NAMESPACE, '--wait', '--history-max', '3'],
      ...(options.serverSide === false ? ['--server-side=false'] : []),
      ...['--kubeconfig', options.kubeconfigPath, ...values.flatMap((value) => ['--set-json', value])],
    ],
    // Nothing of the person's own helm is read or written.
    { env: { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home }, stdin: 'ignore', timeout: 120_000 },
  )
  await writeFile(stamp, chart)
}
