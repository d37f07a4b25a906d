import { NodeSkeleton } from '../../../../features/nodes/node-page.tsx'

export default function Loading() {
  return <NodeSkeleton />
}
