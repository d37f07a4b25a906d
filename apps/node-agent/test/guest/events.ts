import { linuxHost } from '../../src/host/linux-host.ts'
import { commandRunner } from '../../src/host/run.ts'

/** Runs inside a VM: a line for each device event that the host tells of, until it is killed. */
linuxHost(commandRunner()).watchDevices((path) => console.log(path ?? 'listening'))
setInterval(() => {}, 60_000)
