/** Runs in the node: many CSI calls over the agent's own socket, as the kubelet makes them. */
import { csiClient } from '@open-local/csi'

const [socket = '', count = '0', volumeId = '', volumePath = ''] = process.argv.slice(2)

async function main(): Promise<void> {
  const client = csiClient(socket)
  for (let i = 0; i < Number(count); i++) {
    if (i % 3 === 0) await client.node.nodeGetVolumeStats({ volumeId, volumePath, stagingTargetPath: '' })
    else if (i % 3 === 1) await client.node.nodeGetCapabilities({})
    else await client.identity.probe({})
  }
  client.close()
}

void main()
