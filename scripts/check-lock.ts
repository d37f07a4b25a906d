/**
 * The lock file must name every platform's optional package: npm leaves out what the registry lacked on the day, and
 * such a lock breaks `npm ci` elsewhere and gives macOS no binaries. Exits 1 on a gap.
 */
import { readFileSync } from 'node:fs'

interface Locked {
  version?: string
  optionalDependencies?: Record<string, string>
}

const packages = (JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> })
  .packages
const present = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')))
const gaps = Object.entries(packages).flatMap(([path, locked]) =>
  Object.keys(locked.optionalDependencies ?? {})
    .filter((name) => !present.has(name))
    .map((name) => `${path} ${locked.version}: ${name} is missing from package-lock.json`),
)
for (const gap of gaps) console.log(gap)
console.log(`${present.size} packages, ${gaps.length} gaps`)
process.exitCode = gaps.length ? 1 : 0
