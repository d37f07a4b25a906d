#!/usr/bin/env node
// Drop-in for Prisma's native schema-engine: same stdio JSON-RPC, run by @prisma/schema-engine-wasm + a driver adapter.
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

const require = createRequire(import.meta.url)
const argv = process.argv.slice(2)
const datamodels = []
let datasource = {}
const rest = []
for (let i = 0; i < argv.length; i++) {
  if (argv[i] === '--datamodels') datamodels.push(argv[++i])
  else if (argv[i] === '--datasource') datasource = JSON.parse(argv[++i])
  else if (argv[i] === '--enabled-preview-features' || argv[i] === '--extension-types') i++
  else rest.push(argv[i])
}
async function loadWasm() {
  const bg = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const dir = path.dirname(require.resolve('@prisma/schema-engine-wasm'))
  const bytes = await readFile(path.join(dir, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bg })
  bg.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bg
}
if (rest.includes('--version') || rest.includes('-V')) {
  console.log('schema-engine-cli wasm')
  process.exit(0)
}
const url = datasource.url ?? 'file::memory:'
const file = url.startsWith('file:') ? path.resolve(process.cwd(), url.slice(5).split('?')[0]) : null
if (rest[0] === 'cli') {
  const exists = file
    ? await access(file).then(
        () => true,
        () => false,
      )
    : true
  if (rest[1] === 'can-connect-to-database' && !exists) {
    console.error(
      '\n' +
        JSON.stringify({
          level: 'ERROR',
          target: 'schema_engine::logger',
          fields: { error_code: 'P1003', message: `Database ${file} does not exist` },
        }),
    )
    process.exit(1)
  }
  if (rest[1] === 'create-database' && file) {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, '', { flag: 'a' })
  }
  if (rest[1] === 'drop-database' && file) await rm(file, { force: true })
  process.exit(0)
}
const { SchemaEngine } = await loadWasm()
const files = await Promise.all(datamodels.map(async (p) => [p, await readFile(p, 'utf8')]))
const memoryFallback = url === 'file::memory:'
const raw = new PrismaBetterSqlite3({ url: memoryFallback ? ':memory:' : `file:${file}` })
// The wasm engine replays whole migration files through executeRaw(); better-sqlite3 prepares one statement only.
const multiStatement = async (adapter) => {
  const one = adapter.executeRaw.bind(adapter)
  adapter.executeRaw = (q) => (q.args.length ? one(q) : adapter.executeScript(q.sql).then(() => 0))
  return adapter
}
const connectToShadowDb = raw.connectToShadowDb.bind(raw)
raw.connectToShadowDb = async () => multiStatement(await connectToShadowDb())
const factory = bindMigrationAwareSqlAdapterFactory(raw)
let engine
const MIGRATIONS_DDL = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);`
// The wasm engine does not recognise the adapters' "no such table" as "not initialised yet": create it first.
const ensureMigrationsTable = async () => {
  const c = await raw.connect()
  try {
    await c.executeScript(MIGRATIONS_DDL)
  } finally {
    await c.dispose()
  }
}
const needsTable = new Set([
  'devDiagnostic',
  'diagnoseMigrationHistory',
  'applyMigrations',
  'createMigration',
  'evaluateDataLoss',
  'markMigrationApplied',
  'markMigrationRolledBack',
])
const getEngine = async () =>
  (engine ??= await SchemaEngine.new({ datamodels: files.length ? files : undefined }, () => {}, factory))
const alias = { getDatabaseVersion: 'version' }
const rl = createInterface({ input: process.stdin })
for await (const line of rl) {
  if (!line.trim()) continue
  const req = JSON.parse(line)
  if (!req.method) continue
  const send = (o) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: req.id, ...o })}\n`)
  try {
    if (req.method === 'createDatabase') {
      if (file) await writeFile(file, '', { flag: 'a' })
      send({ result: { databaseName: file } })
      continue
    }
    // wasm reset is a no-op on SQLite: drop the file.
    if (req.method === 'reset') {
      engine?.free()
      engine = undefined
      if (file) {
        for (const x of ['', '-wal', '-shm', '-journal']) await rm(file + x, { force: true })
        await writeFile(file, '')
      }
      send({ result: {} })
      continue
    }
    if (needsTable.has(req.method)) await ensureMigrationsTable()
    const e = await getEngine()
    const result = await e[alias[req.method] ?? req.method](req.params)
    if (req.method === 'diff' && result?.stdout != null) {
      process.stdout.write(
        `${JSON.stringify({ jsonrpc: '2.0', id: 1e6, method: 'print', params: { content: result.stdout } })}\n`,
      )
    }
    send({ result: result ?? {} })
  } catch (err) {
    const e = err instanceof Error ? err : new Error(String(err?.message ?? err))
    send({
      error: {
        code: 4466,
        message: e.message,
        data: { is_panic: false, message: e.message, meta: {}, error_code: err?.code ?? 'P1000' },
      },
    })
  }
}
process.exit(0)
