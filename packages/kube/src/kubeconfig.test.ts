import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadKubeConfig } from './config.ts'
import { connectionFromKubeconfigFile, inClusterConnection, tokenFromFile } from './kubeconfig.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'kube-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

function write(name: string, content: unknown): string {
  const file = path.join(directory, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const kubeconfig = (user: object, cluster: object = {}) => ({
  'current-context': 'here',
  contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'x' } }],
  clusters: [{ name: 'c', cluster: { server: 'https://api:6443', ...cluster } }],
  users: [{ name: 'u', user }],
})
const base64 = (text: string) => Buffer.from(text).toString('base64')

test('certificates come from data or from files beside the kubeconfig', async () => {
  write('client.key', 'KEY')
  const user = { 'client-certificate-data': base64('CERT'), 'client-key': 'client.key' }
  const file = write('config', kubeconfig(user, { 'certificate-authority-data': base64('CA'), 'tls-server-name': 's' }))
  const connection = connectionFromKubeconfigFile(file)
  expect({ ...connection, ca: `${connection.ca}`, cert: `${connection.cert}`, key: `${connection.key}` }).toMatchObject(
    {
      server: 'https://api:6443',
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      serverName: 's',
      namespace: 'x',
      getToken: undefined,
    },
  )
})

test('a token is taken as it is, a token file is read', async () => {
  write('token', 'from-file\n')
  const tokenOf = (user: object) => connectionFromKubeconfigFile(write('config', kubeconfig(user))).getToken?.()
  expect(await tokenOf({ token: 't' })).toBe('t')
  expect(await tokenOf({ tokenFile: 'token' })).toBe('from-file')
})

test.each([
  ['is not JSON', 'apiVersion: v1'],
  ['has no such context', { 'current-context': 'other' }],
  ['has no such user', { ...kubeconfig({}), users: [] }],
])('a kubeconfig that %s is INVALID_ARGUMENT and named', (_name, content) => {
  const file = write('config', content)
  expect(() => connectionFromKubeconfigFile(file)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  expect(() => connectionFromKubeconfigFile(file)).toThrow(file)
})

test('a token file is read again after a minute, or when asked to; a failed read keeps the last one', async () => {
  let now = 0
  const file = write('token', 'one')
  const getToken = tokenFromFile(file, () => now)
  expect(await getToken()).toBe('one')
  write('token', 'two')
  now = 59_000
  expect(await getToken()).toBe('one')
  now = 60_000
  expect(await getToken()).toBe('two')
  write('token', 'three')
  expect(await getToken({ refresh: true })).toBe('three')
  rmSync(file)
  expect(await getToken({ refresh: true })).toBe('three')
  await expect(tokenFromFile(file)()).rejects.toThrow('ENOENT')
})

test('a pod finds its service account; anything else is told so', async () => {
  for (const [name, text] of [
    ['token', 't'],
    ['ca.crt', 'CA'],
    ['namespace', 'ns\n'],
  ] as const)
    write(name, text)
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }
  const connection = inClusterConnection(env, directory)
  expect(connection).toMatchObject({ server: 'https://[fd00::1]:6443', namespace: 'ns' })
  expect(await connection.getToken?.()).toBe('t')
  expect(() => inClusterConnection({}, directory)).toThrow(expect.objectContaining({ code: 'FAILED_PRECONDITION' }))
})

test('loadKubeConfig reads YAML, another context and the token of an exec plug-in', async () => {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'exec' },
  }
  const file = write(
    'config.yaml',
    `apiVersion: v1
kind: Config
current-context: one
clusters:
- {name: c, cluster: {server: "https://api:6443", certificate-authority-data: "${base64('CA')}", insecure-skip-tls-verify: false}}
- {name: plain, cluster: {server: "http://127.0.0.1:8001"}}
contexts:
- {name: one, context: {cluster: c, user: exec, namespace: x}}
- {name: two, context: {cluster: plain, user: token}}
users:
- {name: token, user: {token: t}}
- name: exec
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      interactiveMode: Never
      command: echo
      args: ['${JSON.stringify(credential)}']
`,
  )
  const one = await loadKubeConfig({ kubeconfig: file })
  expect(one).toMatchObject({ server: 'https://api:6443', namespace: 'x' })
  expect(`${one.ca}`).toBe('CA')
  expect(await one.getToken?.()).toBe('exec')
  const two = await loadKubeConfig({ kubeconfig: file, context: 'two' })
  expect(two.server).toBe('http://127.0.0.1:8001')
  expect(await two.getToken?.()).toBe('t')
  await expect(loadKubeConfig({ kubeconfig: file, context: 'three' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  })
  await expect(loadKubeConfig({ kubeconfig: `${file}x` })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})
