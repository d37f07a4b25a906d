/**
 * `node scripts/wire-facts.ts <directory or .proto file's directory>`
 * Prints the wire facts of the contracts in a directory, one a line; api/ when none is named. The tables in
 * src/facts come from running this on the published specification, never on ours.
 */
import { wireFacts } from '../src/wire-facts.ts'
import { runBuf } from './buf.ts'

const directory = process.argv[2] ?? 'api'
console.log(wireFacts(JSON.parse(runBuf(['build', directory, '--output', '-#format=json']))).join('\n'))
