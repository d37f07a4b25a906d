import { fileURLToPath } from 'node:url'
import {
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

type Unary = (
  request: object,
  options: { deadline: Date },
  done: (error: ServiceError | null, answer: object) => void,
) => void
type Stub = Client & Record<string, Unary>
type StubClass = new (address: string, credentials: ChannelCredentials) => Stub

/** The services of a file in proto/, by package and name. */
export function loadServices<T>(file: string): T {
  const path = fileURLToPath(new URL(`../proto/${file}`, import.meta.url))
  return loadPackageDefinition(loadSync(path, { keepCase: true, longs: String, defaults: true })) as unknown as T
}

/** One service behind a unix socket. */
export class GrpcClient {
  readonly #stub: Stub
  readonly #timeoutMs: number

  constructor(service: unknown, socket: string, timeoutMs: number) {
    this.#stub = new (service as StubClass)(`unix://${socket}`, credentials.createInsecure())
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with grpc's ServiceError. */
  call<T>(method: string, request: object): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + this.#timeoutMs)
      this.#stub[method]!.call(this.#stub, request, { deadline }, (error, answer) =>
        error ? reject(error) : resolve(answer as T),
      )
    })
  }

  close(): void {
    this.#stub.close()
  }
}

/** `rpc error: code = ResourceExhausted desc = …`, as Go programs print it. */
export function errorText(error: unknown): string {
  const { code, details } = error as Partial<ServiceError>
  if (code === undefined) return (error as Error).message
  const name = (status[code] ?? 'UNKNOWN')
    .toLowerCase()
    .replace(/(^|_)(.)/g, (_, __, letter: string) => letter.toUpperCase())
  return `rpc error: code = ${name} desc = ${details}`
}
