import { ErrorState } from '../../components/states.tsx'
import { ApiError } from '../../lib/call.ts'
import { newOverview, overview, quietOverview } from '../stories/fixtures.ts'
import { OverviewContent, OverviewSkeleton } from './overview-page.tsx'

export const overviewStories = {
  'overview-full': () => <OverviewContent overview={overview} history={null} />,
  'overview-quiet': () => <OverviewContent overview={quietOverview} history={null} />,
  'overview-empty': () => <OverviewContent overview={newOverview} history={null} />,
  'overview-loading': () => <OverviewSkeleton />,
  'overview-failing': () => (
    <ErrorState
      error={new ApiError(503, 'UNAVAILABLE', 'The control plane does not answer.', '0b8c7a52-3f')}
      onRetry={() => {}}
    />
  ),
}
