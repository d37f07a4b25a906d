import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError, call, urlOf } from './call.ts'

afterEach(() => vi.unstubAllGlobals())

describe('urlOf', () => {
  it('fills and escapes names, and leaves empty filters out', () => {
    expect(urlOf('/api/v1/volumes/:namespace/:claim', { namespace: '-', claim: 'a/b c' })).toBe(
      '/api/v1/volumes/-/a%2Fb%20c',
    )
    expect(urlOf('/api/v1/volumes', {}, { q: 'x&y', node: '', phase: undefined, offset: 0 })).toBe(
      '/api/v1/volumes?q=x%26y&offset=0',
    )
  })
})

describe('call', () => {
  it('carries code, sentence and request id of a refusal', async () => {
    const body = { error: { code: 'NOT_FOUND', message: 'no node "x"', requestId: 'r-1' } }
    vi.stubGlobal('fetch', async () => Response.json(body, { status: 404 }))
    await expect(call('/api/v1/nodes')).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND', requestId: 'r-1' })
  })
  it('keeps the request id of an answer that is not JSON', async () => {
    vi.stubGlobal('fetch', async () => new Response('oops', { status: 500, headers: { 'x-request-id': 'r-2' } }))
    await expect(call('/api/v1/nodes')).rejects.toMatchObject({ status: 500, code: 'UNKNOWN', requestId: 'r-2' })
  })
  it('names an unreachable server UNAVAILABLE', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('fetch failed')
    })
    await expect(call('/api/v1/nodes')).rejects.toBeInstanceOf(ApiError)
    await expect(call('/api/v1/nodes')).rejects.toMatchObject({ status: 0, code: 'UNAVAILABLE' })
  })
})
