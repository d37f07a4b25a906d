import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { messageOf, OpenLocalError } from '@open-local/shared'
import * as z from 'zod'
import { CommandError } from './command-error.ts'
import type { Host } from './host.ts'
import { writeAtomically } from './simulated-machine-file.ts'

const HANG_MS = 30_000

const rules = z.array(
  z.strictObject({
    /** `<room>.<method>` of Host, such as `lvm.createLogicalVolume`; `*` is any. */
    operation: z.string(),
    /** So many such operations go well before. */
    skip: z.int().nonnegative().default(0),
    effect: z.enum(['fail', 'hang', 'die-before', 'die-after']),
    message: z.string().optional(),
    /** How long `hang` takes: as long as a real command may. */
    hangMs: z.int().positive().default(HANG_MS),
  }),
)

type Rule = z.output<typeof rules>[number]

/**
 * The host, struck by the rules in a JSON file that is read at each operation. A rule strikes once and is taken out of
 * the file before its effect. `fail` rejects like a command that fails; `hang` after its `hangMs` like one that was killed for
 * its time; `die-before` and `die-after` end this process by SIGKILL around the operation. Without the file nothing
 * happens; a damaged one makes every operation fail with its name.
 */
export function withFaults<Some extends Host>(host: Some, path: string): Some {
  const around = async (operation: string, run: () => unknown): Promise<unknown> => {
    const rule = take(path, operation)
    const command = { argv: [operation], signal: undefined, stderr: rule?.message ?? 'a fault was asked for' }
    if (rule?.effect === 'die-before') await die()
    if (rule?.effect === 'fail') throw new CommandError({ ...command, exitCode: 5, timedOut: false })
    if (rule?.effect === 'hang') {
      await wait(rule.hangMs)
      throw new CommandError({ ...command, exitCode: undefined, timedOut: true })
    }
    const result = await run()
    if (rule?.effect === 'die-after') await die()
    return result
  }
  const room = <Room extends object>(name: string, methods: Room): Room =>
    new Proxy(methods, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key)
        if (typeof method !== 'function' || typeof key !== 'string') return method
        return (...given: unknown[]) => around(`${name}.${key}`, () => Reflect.apply(method, target, given))
      },
    })
  return {
    ...host,
    lvm: room('lvm', host.lvm),
    devices: room('devices', host.devices),
    fileSystems: room('fileSystems', host.fileSystems),
    mounts: room('mounts', host.mounts),
  }
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

/** The rule that strikes now, which is in the file no more; others that fit count down. */
function take(path: string, operation: string): Rule | undefined {
  const left = read(path)
  let struck: Rule | undefined
  let counted = false
  const kept = left.flatMap((rule) => {
    if (struck || (rule.operation !== '*' && rule.operation !== operation)) return [rule]
    counted = true
    if (rule.skip > 0) return [{ ...rule, skip: rule.skip - 1 }]
    struck = rule
    return []
  })
  if (counted) writeAtomically(path, `${JSON.stringify(kept, undefined, 2)}\n`)
  return struck
}

function read(path: string): Rule[] {
  try {
    return rules.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new OpenLocalError('INTERNAL', `${path}, the faults of the simulated machine, can't be read: ${why}`)
  }
}
