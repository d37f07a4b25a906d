/** The parts of a protobuf descriptor, in its JSON form, that reach the wire or change what a reader may do. */
type Options = Record<string, unknown>
type Field = {
  name: string
  number: number
  label?: string
  type: string
  typeName?: string
  oneofIndex?: number
  options?: Options
  extendee?: string
}
type Enum = { name: string; value: { name: string; number: number; options?: Options }[]; options?: Options }
type Message = {
  name: string
  field?: Field[]
  nestedType?: Message[]
  enumType?: Enum[]
  oneofDecl?: { name: string }[]
  options?: Options
}
type Method = {
  name: string
  inputType: string
  outputType: string
  clientStreaming?: boolean
  serverStreaming?: boolean
  options?: Options
}
type Service = { name: string; method: Method[]; options?: Options }
type File = {
  package: string
  syntax: string
  messageType?: Message[]
  enumType?: Enum[]
  service?: Service[]
  extension?: Field[]
}

/**
 * Everything about an image (`buf build -o -#format=json`) that two ends of a wire must agree on, one fact a line,
 * sorted: fields with number, label, type, oneof and options; enum values; methods and their streaming; extensions.
 * Google's own files are left out, and so are comments and the order of declarations.
 */
export function wireFacts(image: { file: File[] }): string[] {
  return image.file
    .filter((file) => !file.package.startsWith('google.'))
    .flatMap((file) => [
      `syntax ${file.package} ${file.syntax}`,
      ...(file.messageType ?? []).flatMap((message) => messageFacts(file.package, message)),
      ...(file.enumType ?? []).flatMap((type) => enumFacts(file.package, type)),
      ...(file.service ?? []).flatMap((service) => serviceFacts(file.package, service)),
      ...(file.extension ?? []).map((field) => `extension ${field.extendee} ${fieldFact(file.package, field, [])}`),
    ])
    .sort()
}

function messageFacts(scope: string, message: Message): string[] {
  const name = `${scope}.${message.name}`
  return [
    `message ${name}${optionFacts(message.options)}`,
    ...(message.field ?? []).map((field) => `field ${fieldFact(name, field, message.oneofDecl ?? [])}`),
    ...(message.nestedType ?? []).flatMap((nested) => messageFacts(name, nested)),
    ...(message.enumType ?? []).flatMap((nested) => enumFacts(name, nested)),
  ]
}

function fieldFact(scope: string, field: Field, oneofs: { name: string }[]): string {
  const label = field.label === 'LABEL_REPEATED' ? 'repeated ' : ''
  const type = field.typeName ?? field.type.slice('TYPE_'.length).toLowerCase()
  const oneof = field.oneofIndex === undefined ? '' : ` oneof ${oneofs[field.oneofIndex]?.name}`
  return `${scope}.${field.name} = ${field.number} ${label}${type}${oneof}${optionFacts(field.options)}`
}

function enumFacts(scope: string, type: Enum): string[] {
  const name = `${scope}.${type.name}`
  return [
    `enum ${name}${optionFacts(type.options)}`,
    ...type.value.map((value) => `value ${name}.${value.name} = ${value.number}${optionFacts(value.options)}`),
  ]
}

function serviceFacts(scope: string, service: Service): string[] {
  const name = `${scope}.${service.name}`
  return [
    `service ${name}${optionFacts(service.options)}`,
    ...service.method.map((method) => {
      const input = `${method.clientStreaming ? 'stream ' : ''}${method.inputType}`
      const output = `${method.serverStreaming ? 'stream ' : ''}${method.outputType}`
      return `method ${name}.${method.name}(${input}) returns (${output})${optionFacts(method.options)}`
    }),
  ]
}

function optionFacts(options: Options = {}): string {
  const facts = Object.entries(options)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort()
  return facts.length === 0 ? '' : ` [${facts.join(', ')}]`
}
