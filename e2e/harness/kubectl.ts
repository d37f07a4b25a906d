import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { dataRoot } from './home-directory.ts'
import { ensureLayerProgram } from './layer-programs.ts'

/** `npm run kubectl -- …`: an unmodified kubectl from npm, on the cluster of `npm start` unless KUBECONFIG names one. */
async function main(): Promise<number> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'npm has kubectl for Linux on x86-64 only; on other machines see https://kubernetes.io/docs/tasks/tools/',
    )
  const kept = join(`${dataRoot()}-sim`, 'kubeconfig')
  const env = process.env.KUBECONFIG || !existsSync(kept) ? {} : { KUBECONFIG: kept }
  const cwd = process.env.INIT_CWD ?? '.'
  const { exitCode } = await execa(await ensureLayerProgram('kubectl', 36), process.argv.slice(2), {
    stdio: 'inherit',
    reject: false,
    env,
    cwd,
  })
  return exitCode ?? 1
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  },
)
