import type { NodeLocalStorageInitConfig } from '@open-local/shared'
import { expect, it } from 'vitest'
import { resolveInitConfig, validateInitConfig } from './resolve-init-config.ts'

const config = (spec: NodeLocalStorageInitConfig['spec']): NodeLocalStorageInitConfig => ({
  apiVersion: 'csi.aliyun.com/v1alpha1',
  kind: 'NodeLocalStorageInitConfig',
  metadata: { name: 'open-local' },
  spec,
})
const list = (name: string) => ({ listConfig: { vgs: { include: [name] } } })

it.each([
  ['no entry matches: the global blocks', { a: '1' }, 'global'],
  ['the last matching entry wins', { zone: 'x', disk: 'ssd' }, 'ssd'],
  ['an entry replaces wholesale', { zone: 'x' }, 'zone'],
])('%s', (_, labels, expected) => {
  const resolved = resolveInitConfig(
    config({
      globalConfig: { ...list('global'), resourceToBeInited: { vgs: [{ name: 'v', devices: ['/dev/sda'] }] } },
      nodesConfig: [
        { ...list('never') },
        { selector: { matchLabels: { zone: 'x' } }, ...list('zone') },
        { selector: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }, ...list('ssd') },
      ],
    }),
    'n1',
    labels as Record<string, string>,
  )
  expect(resolved.nodeName).toBe('n1')
  expect(resolved.listConfig?.vgs?.include).toEqual([expected])
  expect(resolved.resourceToBeInited === undefined).toBe(expected !== 'global')
})

it('an empty selector matches every node', () => {
  const resolved = resolveInitConfig(
    config({ globalConfig: list('global'), nodesConfig: [{ selector: {}, ...list('all') }] }),
    'n1',
    {},
  )
  expect(resolved.listConfig?.vgs?.include).toEqual(['all'])
})

it.each([
  [{ globalConfig: list('(') }, /^spec\.globalConfig\.listConfig\.vgs\.include\[0\]: "\("/],
  [
    { nodesConfig: [{ listConfig: { devices: { exclude: ['a', '[z'] } } }] },
    /^spec\.nodesConfig\[0\]\.listConfig\.devices\.exclude\[1\]/,
  ],
  [
    { nodesConfig: [{ selector: { matchExpressions: [{ key: 'a', operator: 'Gt' }] } }] },
    /^spec\.nodesConfig\[0\]\.selector\.matchExpressions\[0\]\.operator/,
  ],
  [{ globalConfig: { resourceToBeInited: { vgs: [{ name: '-v', devices: ['/dev/a'] }] } } }, /vgs\[0\]\.name/],
  [{ globalConfig: { resourceToBeInited: { vgs: [{ name: 'v', devices: [] }] } } }, /vgs\[0\]\.devices: is empty/],
  [
    {
      globalConfig: {
        resourceToBeInited: {
          vgs: [
            { name: 'v', devices: ['/dev/a'] },
            { name: 'w', devices: ['/dev/a'] },
          ],
        },
      },
    },
    /vgs\[1\]\.devices: \/dev\/a is also in .*vgs\[0\]/,
  ],
])('refuses %j', (spec, message) => expect(() => validateInitConfig(config(spec))).toThrow(message))
