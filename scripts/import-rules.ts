/** Which way imports point, as a table. `check-imports.ts` holds the tree against it. */

/** Workspace folder → the workspaces of ours that it may import. */
const mayImport: Record<string, readonly string[]> = {
  'packages/shared': [],
  'packages/proto': [],
  'packages/devcluster': [],
  'packages/kube': ['shared'],
  'packages/csi': ['shared', 'proto'],
  'apps/control-plane': ['shared', 'proto', 'kube', 'csi'],
  'apps/node-agent': ['shared', 'proto', 'kube', 'csi'],
  'apps/web': ['shared'],
  e2e: ['shared', 'kube', 'csi', 'proto', 'devcluster'],
  bench: ['shared', 'kube', 'csi', 'proto', 'devcluster', 'e2e'],
  scripts: [],
}

/** Tests that drive another workspace from outside: where they lie → what they may reach by path. */
const testsMayReach: readonly (readonly [from: string, to: string])[] = [
  ['apps/node-agent/test/', 'e2e/harness/'],
  ['e2e/dashboard/', 'apps/web/features/stories/'],
  ['bench/', 'e2e/harness/'],
]

interface Room {
  folder: string
  /** Returns why `specifier` may not be imported here, or undefined. `target` is the repo path of a relative import. */
  refuses(specifier: string, target: string | undefined): string | undefined
}

const isTest = (file: string) => /\.test\.tsx?$/.test(file)

const rooms: Room[] = [
  {
    folder: 'apps/control-plane/src/scheduling/',
    refuses: (specifier, target) => {
      if (target && !target.startsWith('apps/control-plane/src/scheduling/'))
        return 'scheduling is pure: it imports only itself and shared'
      if (!target && !specifier.startsWith('@open-local/shared'))
        return 'scheduling is pure: it imports only itself and shared'
      return undefined
    },
  },
  {
    folder: 'apps/node-agent/',
    refuses: (specifier) =>
      specifier.startsWith('@kubernetes/client-node') || specifier === '@open-local/kube/config'
        ? 'the node agent bundles no client-node; use @open-local/kube'
        : undefined,
  },
  {
    folder: 'apps/node-agent/src/',
    refuses: (specifier) =>
      specifier === 'node:child_process' || specifier === 'execa' ? 'commands run through host/' : undefined,
  },
]

export interface Violation {
  file: string
  line: number
  specifier: string
  why: string
}

const importPattern =
  /(?:^|[\s;}])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[\s;])import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** Every import of one file that points the wrong way. `file` is a repo path with forward slashes. */
export function violationsOf(file: string, source: string): Violation[] {
  const workspace = Object.keys(mayImport).find((folder) => file.startsWith(`${folder}/`))
  if (!workspace) return []
  const found: Violation[] = []
  for (const match of source.matchAll(importPattern)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? ''
    const why = refusal(file, workspace, specifier)
    if (why)
      found.push({ file, line: source.slice(0, match.index + match[0].length).split('\n').length, specifier, why })
  }
  return found
}

function refusal(file: string, workspace: string, specifier: string): string | undefined {
  const own = /^@open-local\/([a-z0-9-]+)/.exec(specifier)?.[1]
  if (own && own !== workspace.split('/').pop() && !mayImport[workspace]!.includes(own)) {
    return `${workspace} may import ${mayImport[workspace]!.join(', ') || 'no workspace of ours'}; not ${own}`
  }
  const target = specifier.startsWith('.') ? resolveRelative(file, specifier) : undefined
  const reaches = testsMayReach.some(([from, to]) => file.startsWith(from) && target?.startsWith(to))
  if (target && !target.startsWith(`${workspace}/`) && !reaches)
    return `a relative import leaves ${workspace}; apps meet only over the wire`
  if (isTest(file)) return undefined
  for (const room of rooms) {
    if (
      !file.startsWith(room.folder) ||
      (room.folder === 'apps/node-agent/src/' && file.startsWith('apps/node-agent/src/host/'))
    )
      continue
    const why = room.refuses(specifier, target)
    if (why) return why
  }
  return undefined
}

function resolveRelative(file: string, specifier: string): string {
  const parts = file.split('/').slice(0, -1)
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop()
    else if (step !== '.') parts.push(step)
  }
  return parts.join('/')
}
