import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { CHART } from '../harness/helm.ts'
import { ensureLayerProgram } from '../harness/layer-programs.ts'

const reason = process.platform === 'linux' && process.arch === 'x64' ? '' : 'helm is at hand for Linux on x86-64 alone'
if (reason) console.warn(`skipped, ${reason}`)

interface Rule {
  apiGroups?: string[]
  resources?: string[]
  verbs: string[]
}
interface KubernetesObject {
  kind: string
  metadata: { name: string; annotations?: Record<string, string> }
  spec?: Record<string, unknown>
  rules?: Rule[]
  parameters?: Record<string, unknown>
}

describe.skipIf(reason)('the chart', () => {
  let helm: string
  beforeAll(async () => {
    helm = await ensureLayerProgram('helm', 36)
  })
  const run = (...args: string[]) => execa(helm, args, { reject: false, stdin: 'ignore' })
  const render = async (...values: string[]): Promise<KubernetesObject[]> => {
    const set = values.flatMap((value) => ['--set-json', value])
    const { stdout, stderr, exitCode } = await run('template', 'open-local', CHART, '-n', 'kube-system', ...set)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    return parseAllDocuments(stdout).flatMap((document) => {
      expect(document.errors).toEqual([])
      return (document.toJS() as KubernetesObject | null) ?? []
    })
  }
  const of = (objects: KubernetesObject[], kind: string, name?: string) =>
    objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name))

  it.each([[[]], [['workloads.enabled=true']]])('passes helm lint with %j', async (values) => {
    const set = values.flatMap((value) => ['--set-json', value])
    const { stdout, exitCode } = await run('lint', '--strict', CHART, ...set)
    expect(exitCode, stdout).toBe(0)
  })

  it('keeps every CRD, and so every volume, when the release is uninstalled', async () => {
    const crds = of(await render(), 'CustomResourceDefinition')
    expect(crds.map(({ metadata }) => metadata.name.split('.')[0])).toEqual([
      'nodelocalstorageinitconfigs',
      'nodelocalstorages',
      'nodelocalvolumes',
    ])
    for (const { metadata } of crds) expect(metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' })
  })

  it('initialises no disk unless one is named', async () => {
    const config = async (...values: string[]) => of(await render(...values), 'NodeLocalStorageInitConfig')[0]!.spec
    expect(JSON.stringify(await config())).not.toContain('resourceToBeInited')
    expect(await config('agent.device="/dev/vdb"')).toMatchObject({
      globalConfig: { resourceToBeInited: { vgs: [{ name: 'open-local-pool-0', devices: ['/dev/vdb'] }] } },
    })
  })

  it('gives an agent no right to read secrets, pods, claims or volumes, and none to create or delete its objects', async () => {
    const [agent] = of(await render('workloads.enabled=true'), 'ClusterRole', 'open-local-agent')
    const rights = agent!.rules!.flatMap((rule) =>
      rule.resources!.map((resource) => `${resource}: ${rule.verbs.join(' ')}`),
    )
    expect(rights.sort()).toEqual([
      'events: create patch',
      'nodelocalstorages/status: patch',
      'nodelocalstorages: get list watch',
      'nodelocalvolumes/status: patch',
      'nodelocalvolumes: get list watch',
      'nodelocalvolumes: patch',
      'subjectaccessreviews: create',
      'tokenreviews: create',
    ])
  })

  it('gives nobody a wildcard or secrets', async () => {
    const objects = await render('workloads.enabled=true')
    for (const rule of [...of(objects, 'ClusterRole'), ...of(objects, 'Role')].flatMap(({ rules }) => rules!)) {
      const words = [...(rule.apiGroups ?? []), ...(rule.resources ?? []), ...rule.verbs]
      expect(words).not.toContain('*')
      expect(words).not.toContain('secrets')
    }
  })

  it('writes class parameters as strings, whatever a value looks like', async () => {
    const classes = of(
      await render('storageclass.lvm_throttle.enabled=true', 'storageclass.lvm_throttle.iops=1000'),
      'StorageClass',
    )
    expect(classes.map(({ metadata }) => metadata.name)).toEqual([
      'open-local-lvm',
      'open-local-lvm-io-throttle',
      'open-local-lvm-xfs',
    ])
    for (const { parameters } of classes)
      for (const value of Object.values(parameters!)) expect(value).toBeTypeOf('string')
    expect(classes[1]!.parameters).toMatchObject({ iops: '1000', bps: '100Mi' })
  })

  it('has no workload unless asked', async () => {
    const kinds = async (...values: string[]) => new Set((await render(...values)).map(({ kind }) => kind))
    expect(await kinds()).not.toContain('DaemonSet')
    const asked = await kinds('workloads.enabled=true')
    for (const kind of ['Deployment', 'DaemonSet', 'Service', 'NetworkPolicy']) expect(asked).toContain(kind)
  })

  it('refuses a value that is wrong, naming it', async () => {
    const { stderr, exitCode } = await run('template', 'x', CHART, '--set-json', 'extender.strategy="best"')
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('/extender/strategy')
  })
})
