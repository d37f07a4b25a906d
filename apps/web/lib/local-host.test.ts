import { describe, expect, it } from 'vitest'
import { isLocalHost } from './local-host.ts'

describe('isLocalHost', () => {
  it.each(['localhost', 'localhost:7080', '127.0.0.1:1', '[::1]:7080', 'LOCALHOST'])('answers %s', (host) => {
    expect(isLocalHost(host)).toBe(true)
  })
  it.each([null, '', 'evil.example', '127.0.0.1.evil.example', 'localhost.evil:80', '10.0.0.1', 'localhost:port'])(
    'refuses %s',
    (host) => {
      expect(isLocalHost(host)).toBe(false)
    },
  )
})
