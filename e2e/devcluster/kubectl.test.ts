import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DevClusterProcess } from '../harness/devcluster.ts'
import { CHART } from '../harness/helm.ts'
import { ensureLayerProgram, type LayerVersion } from '../harness/layer-programs.ts'
import { REPOSITORY } from '../harness/paths.ts'
import { temporaryWorkDir, type WorkDir } from '../harness/work-dir.ts'

interface Ran {
  stdout: string
  stderr: string
  exitCode: number | undefined
}

let work: WorkDir
let cluster: DevClusterProcess
beforeAll(async () => {
  work = await temporaryWorkDir()
  cluster = new DevClusterProcess(join(work.path, 'devcluster'))
  await cluster.start()
})
afterAll(async () => {
  await cluster?.stop()
  await work?.release()
})

async function run(
  program: string,
  args: readonly string[],
  input = '',
  env: Record<string, string> = {},
): Promise<Ran> {
  const home = join(work.path, 'home')
  const { stdout, stderr, exitCode } = await execa(program, args, {
    env: { KUBECONFIG: cluster.kubeconfigPath, HOME: home, KUBECACHEDIR: home, ...env },
    extendEnv: false,
    input,
    reject: false,
    timeout: 60_000,
  })
  return { stdout, stderr, exitCode }
}

const quickstart = join(REPOSITORY, 'examples/quickstart.yaml')

/** What kubectl prints of its own version is no part of the answer. */
describe.each([32, 35, 36] as const)('an unmodified kubectl 1.%i', (version: LayerVersion) => {
  const ns = `with-${version}`
  const kubectl = async (args: string, input?: string, env?: Record<string, string>): Promise<Ran> =>
    run(await ensureLayerProgram('kubectl', version), ['-n', ns, ...args.split(' ')], input, env)
  const good = async (args: string, input?: string, env?: Record<string, string>): Promise<string> => {
    const ran = await kubectl(args, input, env)
    expect(ran, args).toMatchObject({ exitCode: 0 })
    return ran.stdout
  }
  const bad = async (args: string, input?: string): Promise<string> => {
    const ran = await kubectl(args, input)
    expect(ran.exitCode, args).not.toBe(0)
    return ran.stderr
  }

  it('is told in every answer about versions that this is no Kubernetes', async () => {
    expect(await good('version')).toMatch(/Server Version: v1\.36\.\d+-devcluster/)
    expect(await good('config current-context')).toBe('open-local-devcluster')
  })

  it('creates by its own commands, whose bodies are protobuf before 1.34', async () => {
    await good(`create namespace ${ns}`)
    expect(await good('create configmap a --from-literal=k=v')).toBe('configmap/a created')
    expect(await good('create secret generic s --from-literal=k=v')).toBe('secret/s created')
    expect(await good('get secret s -o jsonpath={.data.k}')).toBe(Buffer.from('v').toString('base64'))
    expect(await good('create serviceaccount robot')).toContain('created')
    expect((await good('create token default')).split('.')).toHaveLength(3)
  })

  it('asks what may be done, and is answered by the roles', async () => {
    expect(await good('auth can-i create pods')).toBe('yes')
    const robot = `--as=system:serviceaccount:${ns}:robot`
    expect((await kubectl(`auth can-i list secrets ${robot}`)).stdout).toBe('no')
    await good('create role reader --verb=list --resource=secrets')
    await good(`create rolebinding reads --role=reader --serviceaccount=${ns}:robot`)
    expect(await good(`auth can-i list secrets ${robot}`)).toBe('yes')
    expect(await bad(`get pods ${robot}`)).toContain(
      `cannot list resource "pods" in API group "" in the namespace "${ns}"`,
    )
    const token = (await good('create token robot')).trim()
    expect(await good('auth whoami -o json', '', { KUBECONFIG: await withToken(token) })).toContain(
      `serviceaccount:${ns}:robot`,
    )
  })

  it('lists what there is, and explains it', async () => {
    expect(await good('api-resources')).toMatch(/persistentvolumeclaims\s+pvc\s+v1\s+true\s+PersistentVolumeClaim/)
    expect(await good('explain pvc.spec.storageClassName')).toContain('<string>')
  })

  it('applies the quickstart, shows it as ever, and says what it waits for', async () => {
    expect(await good(`apply -f ${quickstart}`)).toMatch(/pod\/quickstart created/)
    const table = await good('get pvc,pods,storageclass')
    expect(table).toMatch(
      /NAME\s+STATUS\s+VOLUME\s+CAPACITY\s+ACCESS MODES\s+STORAGECLASS\s+VOLUMEATTRIBUTESCLASS\s+AGE/,
    )
    expect(table).toMatch(/pod\/quickstart\s+0\/1\s+Pending\s+0/)
    expect(await good('wait pvc/quickstart --for=jsonpath={.status.phase}=Pending --timeout=20s')).toContain(
      'condition met',
    )
    expect(await good('describe pod quickstart')).toContain('no nodes available to schedule pods')
    expect(await good('get events --field-selector=involvedObject.name=quickstart')).toContain('FailedScheduling')
    expect((await kubectl(`apply -f ${quickstart}`)).stdout).toMatch(/pod\/quickstart unchanged/)
  })

  it('warns when a pod is created that no container will run', async () => {
    expect((await kubectl('run warned --image=x')).stderr).toContain('no container runs')
  })

  it('changes objects in each way that it has', async () => {
    await good('label configmap a one=1')
    await good('annotate configmap a note=x')
    await good('patch configmap a -p {"data":{"strategic":"s"}}')
    await good('patch configmap a --type=merge -p {"data":{"merge":"m","k":null}}')
    await good('patch configmap a --type=json -p [{"op":"add","path":"/data/json","value":"j"}]')
    const editor = join(work.path, 'editor')
    await writeFile(editor, '#!/bin/sh\nsed -i "s/merge: m/merge: edited/" "$1"\n', { mode: 0o755 })
    await good('edit configmap a', '', { EDITOR: editor, PATH: '/usr/bin:/bin' })
    const { data, metadata } = JSON.parse(await good('get configmap a -o json')) as {
      data: object
      metadata: { labels: object; annotations: object }
    }
    expect(data).toEqual({ strategic: 's', merge: 'edited', json: 'j' })
    expect(metadata).toMatchObject({ labels: { one: '1' }, annotations: { note: 'x' } })
  })

  it('follows changes', async () => {
    const program = await ensureLayerProgram('kubectl', version)
    const env = { KUBECONFIG: cluster.kubeconfigPath, HOME: join(work.path, 'home') }
    const watching = execa(program, ['-n', ns, 'get', 'configmaps', '-w', '--output-watch-events'], {
      env,
      extendEnv: false,
      reject: false,
    })
    const shown = (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        let text = ''
        watching.stdout?.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          if (pattern.test(text)) resolve()
        })
      })
    const [listed, added, deleted] = [shown(/ADDED\s+a\b/), shown(/ADDED\s+later\b/), shown(/DELETED\s+later\b/)]
    await listed
    await good('create configmap later')
    await added
    await good('delete configmap later')
    await deleted
    watching.kill()
    await watching
  })

  it('scales a Deployment, whose ReplicaSet makes the pods', async () => {
    await good('create deployment web --image=x --replicas=1')
    expect(await good('scale deployment web --replicas=3')).toContain('scaled')
    await good('wait deployment/web --for=jsonpath={.status.replicas}=3 --timeout=20s')
    const pods = await good('get pods -l app=web -o name')
    expect(pods.split('\n')).toHaveLength(3)
  })

  it('deletes in the background, in the foreground, and leaves orphans', async () => {
    await good('delete deployment web --cascade=orphan --timeout=20s')
    const set = (await good('get replicasets -l app=web -o name')).trim()
    expect(set).not.toBe('')
    await good(`delete ${set} --cascade=foreground --timeout=20s`)
    expect(await good('get pods -l app=web -o name')).toBe('')
    await good(`delete -f ${quickstart} --timeout=20s`)
    expect(await good('get pvc -o name')).toBe('')
  })

  it('is refused in words that name the field', async () => {
    const manifest = async (change: (text: string) => string): Promise<string> =>
      bad('apply -f -', change(await readFile(quickstart, 'utf8')))
    expect(await manifest((text) => text.replace('storageClassName:', 'storageClasName:'))).toContain(
      'unknown field "spec.storageClasName"',
    )
    expect(await manifest((text) => text.replace('storage: 1Gi', 'storage: much'))).toMatch(/quantit/)
    expect(await manifest((text) => text.replaceAll('name: quickstart', 'name: Quick_Start'))).toContain(
      'metadata.name: Invalid value',
    )
  })

  it('is told in one sentence what a simulated cluster does not do', async () => {
    expect(await bad('logs warned')).toContain('no containers run here')
    expect(await bad('exec warned -- true')).toContain('no containers run here')
    expect(await bad(`apply --server-side -f ${quickstart}`)).toContain('server-side apply')
  })

  it('deletes a namespace with all that is in it', async () => {
    await good(`delete namespace ${ns} --timeout=30s`)
    expect(await bad(`get namespace ${ns}`)).toContain('NotFound')
  })

  async function withToken(token: string): Promise<string> {
    const path = join(work.path, `kubeconfig-${version}`)
    const config = JSON.parse(await readFile(cluster.kubeconfigPath, 'utf8')) as { users: { user: object }[] }
    config.users[0]!.user = { token }
    await writeFile(path, JSON.stringify(config), { mode: 0o600 })
    return path
  }
})

describe('helm', () => {
  const helm = async (...args: string[]): Promise<Ran> => {
    const home = join(work.path, 'helm')
    const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home }
    const ran = await run(await ensureLayerProgram('helm', 36), ['-n', 'kube-system', ...args], '', env)
    expect(ran, args.join(' ')).toMatchObject({ exitCode: 0 })
    return ran
  }
  const resources = async (): Promise<string> =>
    (await run(await ensureLayerProgram('kubectl', 36), ['api-resources', '--api-group=csi.aliyun.com', '-o', 'name']))
      .stdout

  it('installs our chart, upgrades it and takes it away', async () => {
    await helm('install', 'open-local', CHART, '--wait', '--server-side=false')
    expect(await resources()).toContain('nodelocalvolumes.csi.aliyun.com')
    await helm('upgrade', 'open-local', CHART, '--wait', '--server-side=false')
    await helm('uninstall', 'open-local', '--wait')
    expect((await run(await ensureLayerProgram('kubectl', 36), ['get', 'csidrivers', '-o', 'name'])).stdout).toBe('')
  })
})

describe('a devcluster that is killed with -9', () => {
  const kubectl = async (...args: string[]): Promise<Ran> => run(await ensureLayerProgram('kubectl', 36), args)

  it('has everything when it starts again, and watches go on', async () => {
    await kubectl('create', 'configmap', 'kept', '--from-literal=k=v')
    await cluster.kill()
    await cluster.start()
    expect((await kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.k}')).stdout).toBe('v')
    expect(cluster.logTail()).not.toContain('damaged')
  })
})
