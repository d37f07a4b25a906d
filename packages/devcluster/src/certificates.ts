// x509 needs it loaded before itself.
import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const LIFETIME_MS = 10 * 365 * 86_400_000

export interface KeyPairPem {
  certificate: string
  key: string
}

export interface CertificateRequest {
  commonName: string
  organization?: string
  /** Host names and IP addresses; a certificate that has some is for a server, and for a client too if `client` says so. */
  hosts?: string[]
  client?: boolean
}

/** Signs certificates. Its key is kept in a file, so that a cluster that starts again trusts what it trusted before. */
export class CertificateAuthority {
  readonly certificatePem: string
  readonly #certificate: x509.X509Certificate
  readonly #key: CryptoKey

  private constructor(certificate: x509.X509Certificate, key: CryptoKey) {
    this.#certificate = certificate
    this.#key = key
    this.certificatePem = `${certificate.toString('pem')}\n`
  }

  /** Reads the authority from `dir`, or makes it there. */
  static async ensure(dir: string, name: string): Promise<CertificateAuthority> {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const [certificatePath, keyPath] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)]
    const pem = await readFile(certificatePath, 'utf8').catch(() => undefined)
    if (pem) {
      const der = x509.PemConverter.decodeFirst(await readFile(keyPath, 'utf8'))
      const key = await crypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign'])
      return new CertificateAuthority(new x509.X509Certificate(pem), key)
    }
    const keys = await newKeys()
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...validity(),
      name: `CN=${name}`,
      keys,
      signingAlgorithm: KEY_ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    await writeFile(keyPath, await privateKeyPem(keys.privateKey), { mode: 0o600 })
    await writeFile(certificatePath, `${certificate.toString('pem')}\n`)
    return new CertificateAuthority(certificate, keys.privateKey)
  }

  async issue(request: CertificateRequest): Promise<KeyPairPem> {
    const keys = await newKeys()
    const usages = [
      ...(request.hosts ? [x509.ExtendedKeyUsage.serverAuth] : []),
      ...(request.client || !request.hosts ? [x509.ExtendedKeyUsage.clientAuth] : []),
    ]
    const names = (request.hosts ?? []).map((host) =>
      /^[\d.]+$/.test(host) ? ({ type: 'ip', value: host } as const) : ({ type: 'dns', value: host } as const),
    )
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject: new x509.Name([
        ...(request.organization ? [{ O: [request.organization] }] : []),
        { CN: [request.commonName] },
      ]).toString(),
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: KEY_ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.ExtendedKeyUsageExtension(usages),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    })
    return { certificate: `${certificate.toString('pem')}\n`, key: await privateKeyPem(keys.privateKey) }
  }
}

/** Issues a certificate and writes it to `dir` as NAME.crt and NAME.key; returns the two paths. */
export async function writeCertificate(
  authority: CertificateAuthority,
  dir: string,
  name: string,
  request: CertificateRequest,
): Promise<{ certificatePath: string; keyPath: string }> {
  const { certificate, key } = await authority.issue(request)
  const paths = { certificatePath: join(dir, `${name}.crt`), keyPath: join(dir, `${name}.key`) }
  await writeFile(paths.keyPath, key, { mode: 0o600 })
  await writeFile(paths.certificatePath, certificate)
  return paths
}

export type Credential = KeyPairPem | { token: string }

/** A kubeconfig with everything inside it. In JSON, which every reader of YAML takes, and our agent only that. */
export function kubeconfig(
  server: string,
  authority: CertificateAuthority,
  credential: Credential,
  name = 'open-local',
): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const user =
    'token' in credential
      ? { token: credential.token }
      : {
          'client-certificate-data': base64(credential.certificate),
          'client-key-data': base64(credential.key),
        }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority.certificatePem) } }],
    users: [{ name: 'user', user }],
    contexts: [{ name, context: { cluster: name, user: 'user' } }],
    'current-context': name,
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

function validity(): { serialNumber: string; notBefore: Date; notAfter: Date } {
  // A first byte below 0x80 keeps the number positive; the clock of a VM may be a little behind.
  const serialNumber = `01${randomBytes(15).toString('hex')}`
  return { serialNumber, notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + LIFETIME_MS) }
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}
