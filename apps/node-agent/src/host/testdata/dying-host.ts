/** `node dying-host.ts <state directory> <volume>`: makes one volume, and says so when it has lived that long. */
import { simulatedMachine } from '../simulated-machine.ts'

const [directory, name = ''] = process.argv.slice(2)
const host = simulatedMachine({ nodeName: 'n1', disks: [{ sizeBytes: 4n << 30n, medium: 'ssd' }], directory })
await host.lvm.createLogicalVolume({ volumeGroup: 'pool0', name, sizeBytes: 4n << 20n, stripes: 1, tags: [] })
process.stdout.write('alive\n')
