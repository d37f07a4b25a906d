import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/**
 * A certificate for our own port, valid ten years, made anew at each start: whoever needs to know whom they talk to
 * gives a certificate of their own. DER by hand, because Node makes keys but no certificates. Source: RFC 5280, X.690.
 */
export function selfSignedCertificate(commonName: string, now = new Date()): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid('2a8648ce3d040302')) // ecdsa-with-SHA256
  // A name holds at most 64 characters.
  const name = sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(commonName.slice(0, 64))))))
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)])
  const alternativeName = tagged(0x82, Buffer.from(commonName, 'ascii'))
  const extension = sequence(oid('551d11'), tagged(0x04, sequence(alternativeName)))
  const end = new Date(now)
  end.setUTCFullYear(now.getUTCFullYear() + 10)
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    algorithm,
    name,
    sequence(time(now), time(end)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension)),
  )
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

/** GeneralizedTime, which RFC 5280 wants from 2050 on and everybody reads before. */
function time(at: Date): Buffer {
  const text = at.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  const year = at.getUTCFullYear()
  return year < 2050 ? tagged(0x17, Buffer.from(`${text.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${text}Z`))
}

/** A key for caches that must not hold tokens. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
