import { ErrorState } from '../../components/states.tsx'
import { ApiError } from '../../lib/call.ts'
import { bareNode, nodeDetail, nodes } from '../stories/fixtures.ts'
import { NodeContent, NodeSkeleton } from './node-page.tsx'
import { NodesContent, NodesSkeleton } from './nodes-page.tsx'

export const nodeStories = {
  'nodes-full': () => <NodesContent nodes={nodes} />,
  'nodes-empty': () => <NodesContent nodes={[]} />,
  'nodes-loading': () => <NodesSkeleton />,
  'node-full': () => <NodeContent detail={nodeDetail} />,
  'node-empty': () => <NodeContent detail={bareNode} />,
  'node-loading': () => <NodeSkeleton name="worker-1" />,
  'node-failing': () => (
    <ErrorState error={new ApiError(404, 'NOT_FOUND', 'There is no node "worker-9".', 'a51e')} onRetry={() => {}} />
  ),
}
