import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'

const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`

/**
 * Applies each folder of `directory` that the file has not seen, in order, one transaction each. Booked in Prisma's own
 * table with Prisma's checksum, so that `prisma migrate status` agrees. Throws when an applied migration was edited or
 * the file is not a database. Returns what was applied; repeating it applies nothing.
 */
export async function migrate(file: string, directory: string): Promise<string[]> {
  const database = new Database(file)
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.exec(bookkeeping)
    const seen = new Map(
      database
        .prepare<[], { name: string; checksum: string }>(
          'SELECT migration_name AS name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL',
        )
        .all()
        .map((row) => [row.name, row.checksum]),
    )
    const applied: string[] = []
    const folders = (await readdir(directory, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
    for (const name of folders.sort()) {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8')
      const checksum = createHash('sha256').update(sql).digest('hex')
      if (seen.has(name)) {
        if (seen.get(name) !== checksum) throw new Error(`migration ${name} was edited after it was applied`)
        continue
      }
      database.transaction(() => {
        database.exec(sql)
        database
          .prepare(
            'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES (?,?,?,?,?,1)',
          )
          .run(randomUUID(), checksum, name, Date.now(), Date.now())
      })()
      applied.push(name)
    }
    return applied
  } finally {
    database.close()
  }
}
