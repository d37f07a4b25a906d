import { NodesSkeleton } from '../../../features/nodes/nodes-page.tsx'

export default function Loading() {
  return <NodesSkeleton />
}
