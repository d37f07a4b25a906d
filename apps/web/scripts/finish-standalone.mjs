/**
 * `next build` leaves static files out of the standalone server. Copies them in, so that
 * `node apps/web/.next/standalone/apps/web/server.js` serves everything. Safe to repeat.
 */
import { cp, rm } from 'node:fs/promises'
import path from 'node:path'

const web = path.join(import.meta.dirname, '..')
const server = path.join(web, '.next/standalone/apps/web')

await rm(path.join(server, '.next/static'), { recursive: true, force: true })
await cp(path.join(web, '.next/static'), path.join(server, '.next/static'), { recursive: true })
await cp(path.join(web, 'public'), path.join(server, 'public'), { recursive: true }).catch((error) => {
  if (error.code !== 'ENOENT') throw error
})
