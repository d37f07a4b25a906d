import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CertificateAuthority } from './certificates.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pki-'))
})
afterAll(() => rm(dir, { recursive: true }))

it('issues certificates that hold for their hosts and chain to an authority that is kept', async () => {
  const first = await CertificateAuthority.ensure(dir, 'ca')
  const again = await CertificateAuthority.ensure(dir, 'ca')
  expect(again.certificatePem).toBe(first.certificatePem)
  const { certificate } = await again.issue({
    commonName: 'server',
    organization: 'people',
    hosts: ['127.0.0.1', 'localhost'],
  })
  const parsed = new X509Certificate(certificate)
  expect(parsed.verify(new X509Certificate(first.certificatePem).publicKey)).toBe(true)
  expect(parsed.subject).toBe('O=people\nCN=server')
  expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(parsed.checkHost('localhost')).toBe('localhost')
  expect(parsed.checkHost('example.org')).toBeUndefined()
  expect(parsed.ca).toBe(false)
})

it('a certificate for a client is none for a server', async () => {
  const authority = await CertificateAuthority.ensure(dir, 'ca')
  const { certificate } = await authority.issue({ commonName: 'client' })
  // 1.3.6.1.5.5.7.3.2 is clientAuth, RFC 5280, 4.2.1.12.
  expect(new X509Certificate(certificate).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
})
