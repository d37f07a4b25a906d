import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The key that signs service-account tokens (RSA, as the API server asks for), made in `dir` when absent. */
export async function ensureServiceAccountKey(dir: string): Promise<{ privatePath: string; publicPath: string }> {
  const paths = { privatePath: join(dir, 'service-account.key'), publicPath: join(dir, 'service-account.pub') }
  if (await readFile(paths.publicPath).catch(() => undefined)) return paths
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFile(paths.privatePath, privateKey, { mode: 0o600 })
  await writeFile(paths.publicPath, publicKey)
  return paths
}
