import { StatusError } from '../api/status-error.ts'

/**
 * A JSON text with the paths of members that it names twice in one object, of which the last one counts, as in Go.
 * 400 with Go's own words for a text that is no JSON.
 */
export function parseJson(text: string, kind = 'Object'): { value: unknown; duplicates: string[] } {
  const duplicates = orRefuse(
    text,
    (problem) =>
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${problem} (${summary(text)})`,
  )
  return { value: JSON.parse(text), duplicates }
}

/** The same for the body of a patch of this content type, whose refusal is worded otherwise. */
export function parsePatch(text: string, type: string): { value: unknown; duplicates: string[] } {
  const duplicates = orRefuse(text, (problem) =>
    type.includes('strategic') ? problem : `error decoding patch: ${problem}`,
  )
  return { value: JSON.parse(text), duplicates }
}

function orRefuse(text: string, word: (problem: string) => string): string[] {
  try {
    return new Reader(text).read()
  } catch (error) {
    if (error instanceof SyntaxError) throw new StatusError(400, 'BadRequest', word(error.message))
    throw error
  }
}

/** How a body starts: as text when it may be an object, else in hexadecimal. */
function summary(text: string): string {
  if (text === '') return '<empty>'
  const bytes = Buffer.from(text)
  const start = bytes.subarray(0, 30)
  return `${start.toString(text.startsWith('{') ? 'utf8' : 'hex')}${bytes.length > 30 ? ' ...' : ''}`
}

const SPACE = ' \t\r\n'
/** All but quotes, backslashes and control characters. */
const PLAIN = /[ !#-[\]-\u{10ffff}]*/uy
const NUMBER = /-?(?:0|[1-9]\d*)/y
const DIGITS = /\d+/y
/** Objects as deep as this are no objects; more would cost those who walk them their stack. */
const DEEPEST = 1000

/** Walks a JSON text: a SyntaxError with the words of Go's encoding/json at what is wrong, the members named twice. */
class Reader {
  readonly #text: string
  readonly #duplicates: string[] = []
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): string[] {
    this.#value('')
    this.#skip()
    if (this.#at < this.#text.length) this.#wrong('after top-level value')
    return this.#duplicates
  }

  #value(path: string): void {
    this.#skip()
    const first = this.#text[this.#at]
    if (first === '{' || first === '[') {
      this.#depth += 1
      if (this.#depth > DEEPEST) throw new SyntaxError('exceeded max depth')
      if (first === '{') this.#object(path)
      else this.#array(path)
      this.#depth -= 1
    } else if (first === '"') this.#string()
    else if (first === '-' || (first !== undefined && first >= '0' && first <= '9')) this.#number()
    else if (first === 't') this.#literal('true')
    else if (first === 'f') this.#literal('false')
    else if (first === 'n') this.#literal('null')
    else this.#wrong('looking for beginning of value')
  }

  #object(path: string): void {
    const seen = new Set<string>()
    this.#at += 1
    this.#skip()
    if (this.#text[this.#at] === '}') {
      this.#at += 1
      return
    }
    for (;;) {
      this.#skip()
      if (this.#text[this.#at] !== '"') this.#wrong('looking for beginning of object key string')
      const start = this.#at
      this.#string()
      const quoted = this.#text.slice(start, this.#at)
      const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
      const own = path === '' ? key : `${path}.${key}`
      if (seen.has(key) && !this.#duplicates.includes(own)) this.#duplicates.push(own)
      seen.add(key)
      this.#skip()
      if (this.#text[this.#at] !== ':') this.#wrong('after object key')
      this.#at += 1
      this.#value(own)
      this.#skip()
      const mark = this.#text[this.#at]
      if (mark !== ',' && mark !== '}') this.#wrong('after object key:value pair')
      this.#at += 1
      if (mark === '}') return
    }
  }

  #array(path: string): void {
    this.#at += 1
    this.#skip()
    if (this.#text[this.#at] === ']') {
      this.#at += 1
      return
    }
    for (let index = 0; ; index += 1) {
      this.#value(`${path}[${index}]`)
      this.#skip()
      const mark = this.#text[this.#at]
      if (mark !== ',' && mark !== ']') this.#wrong('after array element')
      this.#at += 1
      if (mark === ']') return
    }
  }

  #string(): void {
    this.#at += 1
    for (;;) {
      this.#match(PLAIN)
      const mark = this.#text[this.#at]
      if (mark !== '\\' && mark !== '"') this.#wrong('in string literal')
      this.#at += 1
      if (mark === '"') return
      const escaped = this.#text[this.#at]
      if (escaped === undefined || !'"\\/bfnrtu'.includes(escaped)) this.#wrong('in string escape code')
      this.#at += 1
      for (let digit = 0; escaped === 'u' && digit < 4; digit += 1) {
        if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#wrong('in \\u hexadecimal character escape')
        this.#at += 1
      }
    }
  }

  #number(): void {
    if (!this.#match(NUMBER)) {
      this.#at += 1
      this.#wrong('in numeric literal', ' ')
    }
    if (this.#text[this.#at] === '.') {
      this.#at += 1
      if (!this.#match(DIGITS)) this.#wrong('after decimal point in numeric literal', ' ')
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at += 1
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at += 1
      if (!this.#match(DIGITS)) this.#wrong('in exponent of numeric literal', ' ')
    }
  }

  #literal(word: string): void {
    for (const [at, letter] of [...word].entries()) {
      if (this.#text[this.#at] !== letter) this.#wrong(`in literal ${word} (expecting '${word[at]}')`, ' ')
      this.#at += 1
    }
  }

  #skip(): void {
    while (SPACE.includes(this.#text[this.#at] ?? '?')) this.#at += 1
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found !== null
  }

  /** A number or word that ends too soon is told of the space that Go puts behind a text, when nothing is open. */
  #wrong(where: string, atEnd?: string): never {
    const letter = this.#text[this.#at] ?? (this.#depth === 0 ? atEnd : undefined)
    if (letter === undefined) throw new SyntaxError('unexpected end of JSON input')
    throw new SyntaxError(`invalid character ${shown(letter)} ${where}`)
  }
}

/** Go looks at bytes, and shows each as the letter of that number. */
function shown(letter: string): string {
  const byte = String.fromCharCode(Buffer.from(letter)[0]!)
  if (byte === "'") return "'\\''"
  if (byte === '"') return "'\"'"
  return `'${JSON.stringify(byte).slice(1, -1)}'`
}
