import { execFileSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

export const packageDirectory = fileURLToPath(new URL('..', import.meta.url))

/** buf looks its plugins up in PATH; workspaces keep them at the root or, after a version split, here. */
const pluginDirectories = ['../node_modules/.bin', '../../../node_modules/.bin'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** `buf <args>` in this package; answers its standard output. Throws with buf's own words when it fails. */
export function runBuf(args: string[]): string {
  return execFileSync('buf', args, {
    cwd: packageDirectory,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    env: { ...process.env, PATH: [...pluginDirectories, process.env.PATH].join(delimiter) },
  })
}
