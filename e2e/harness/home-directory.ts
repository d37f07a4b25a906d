import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * A folder of the person's home by the XDG Base Directory Specification, which says that an empty or relative
 * variable counts as unset.
 */
function xdgDirectory(variable: string, standard: string): string {
  const set = process.env[variable]
  return set && isAbsolute(set) ? set : join(homedir(), standard)
}

/** Where everything that takes long to make is kept, outside the checkout. It may be deleted at any time. */
export function cacheRoot(): string {
  const { OPEN_LOCAL_CACHE } = process.env
  return OPEN_LOCAL_CACHE ? resolve(OPEN_LOCAL_CACHE) : join(xdgDirectory('XDG_CACHE_HOME', '.cache'), 'open-local')
}

/** Where a cluster is kept that nobody gave a folder. */
export function dataRoot(): string {
  return join(xdgDirectory('XDG_DATA_HOME', '.local/share'), 'open-local')
}
