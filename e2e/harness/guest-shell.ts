import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ExecResult {
  stdout: string
  stderr: string
  exitCode: number
}

export interface ExecOptions {
  /** The whole call, retries of the connection included. */
  timeoutMs?: number
  /** Return a non-zero exit code instead of throwing. */
  reject?: boolean
}

/** A script in the VM that ended with something else than 0. */
export class GuestCommandError extends Error {
  readonly result: ExecResult
  constructor(host: string, script: string, result: ExecResult) {
    const shown = script.length > 300 ? `${script.slice(0, 300)}…` : script
    super(`on ${host}, exit code ${result.exitCode}: ${shown}\n${result.stderr}${result.stdout}`)
    this.result = result
  }
}

/** The connection was refused or reset before the script began: nothing has run. */
class NotYetError extends Error {}

/**
 * A root shell in a VM, through a port that QEMU forwards on a loopback address.
 * Whoever connects must first send a secret that only this user and root in the VM can read.
 */
export class GuestShell {
  readonly #name: string
  readonly #address: string
  readonly #port: number
  readonly #secret: string

  constructor(name: string, address: string, port: number, secret: string) {
    this.#name = name
    this.#address = address
    this.#port = port
    this.#secret = secret
  }

  /**
   * Runs a bash script in the VM and waits for its end, not for the end of what it left in the background.
   * Throws GuestCommandError on a non-zero exit code unless `reject` is false, and Error when time is up.
   */
  async exec(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    const mark = `@@${randomBytes(8).toString('hex')}`
    // Standard error goes through a file: two streams share one connection, and the end must be seen on both.
    const wrapped = `(\n${script}\n) </dev/null 2>/tmp/.exec.$$; c=$?; printf '\\n${mark} '; cat /tmp/.exec.$$; printf '\\n${mark} %s\\n' $c; rm -f /tmp/.exec.$$\n`
    const answer = (await this.#call(Buffer.from(wrapped), `\n${mark} `, 2, options)).toString()
    const [stdout = '', stderr = '', code = ''] = answer.split(`\n${mark} `)
    const result = { stdout, stderr, exitCode: Number.parseInt(code, 10) }
    if (options.reject !== false && result.exitCode !== 0) throw new GuestCommandError(this.#name, script, result)
    return result
  }

  /** Writes bytes to a file in the VM; it appears whole, by rename. */
  async write(path: string, content: Uint8Array | string, mode = 0o644, options: ExecOptions = {}): Promise<void> {
    const bytes = Buffer.from(content)
    const mark = `@@${randomBytes(8).toString('hex')}`
    const quoted = `'${path.replaceAll("'", "'\\''")}'`
    const script = `mkdir -p "$(dirname ${quoted})"; head -c ${bytes.length} > ${quoted}.part && chmod ${mode.toString(8)} ${quoted}.part && mv -f ${quoted}.part ${quoted}; printf '${mark} %s\\n' $?\n`
    const answer = await this.#call(Buffer.concat([Buffer.from(script), bytes]), `${mark} `, 1, options)
    if (!answer.toString().endsWith(`${mark} 0\n`)) throw new Error(`on ${this.#name}: cannot write ${path}: ${answer}`)
  }

  async push(localPath: string, path: string, mode?: number): Promise<void> {
    await this.write(path, await readFile(localPath), mode)
  }

  async #call(input: Buffer, mark: string, marks: number, options: ExecOptions): Promise<Buffer> {
    const deadline = performance.now() + (options.timeoutMs ?? 120_000)
    for (;;) {
      try {
        return await this.#attempt(input, mark, marks, deadline)
      } catch (error) {
        // QEMU accepts connections before the VM listens, then resets them: only then may a script be sent again.
        if (!(error instanceof NotYetError) || performance.now() > deadline) throw error
        await sleep(50)
      }
    }
  }

  #attempt(input: Buffer, mark: string, marks: number, deadline: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect(this.#port, this.#address)
      let received = Buffer.alloc(0)
      let open = false
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        socket.destroy()
        settle()
      }
      const fail = (reason: string): void =>
        finish(() => {
          const said = received.length > 0 ? `: ${received.subarray(-2_000)}` : ''
          reject(open ? new Error(`on ${this.#name}: ${reason}${said}`) : new NotYetError(`${this.#name}: ${reason}`))
        })
      const timer = setTimeout(() => fail('no answer in time'), Math.max(1, deadline - performance.now()))
      // A connection that a busy VM never answers is given up after a while and tried again.
      const patience = setTimeout(() => open || fail('the shell does not open'), 10_000)
      socket.once('close', () => clearTimeout(patience))
      socket.on('connect', () => socket.write(`${this.#secret}\n`))
      socket.on('error', (error) => fail(error.message))
      socket.on('end', () => fail('the shell ended without an answer'))
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk])
        if (!open) {
          const greeting = received.indexOf('@@open\n')
          if (greeting < 0) return
          open = true
          received = received.subarray(greeting + 7)
          socket.write(input)
        }
        let at = -1
        for (let found = 0; found < marks; found++) {
          at = received.indexOf(mark, at + 1)
          if (at < 0) return
        }
        if (received.at(-1) === 0x0a && at >= 0) finish(() => resolve(received))
      })
    })
  }
}
