import { ErrorState } from '../../components/states.tsx'
import { ApiError } from '../../lib/call.ts'
import { manyVolumes, pendingVolume, volumeDetail, volumes } from '../stories/fixtures.ts'
import { VolumeContent, VolumeSkeleton } from './volume-page.tsx'
import { NoVolumes, VolumesSkeleton, VolumeTable } from './volumes-page.tsx'

const nothing = () => {}
const table = { search: '', sort: null, onSort: nothing, onClear: nothing }

export const volumeStories = {
  'volumes-full': () => (
    <div className="table-frame">
      <VolumeTable rows={volumes} {...table} />
    </div>
  ),
  'volumes-many': () => (
    <div className="table-frame">
      <VolumeTable rows={manyVolumes} {...table} sort={{ id: 'sizeBytes', desc: true }} />
    </div>
  ),
  'volumes-empty': () => <NoVolumes />,
  'volumes-no-match': () => <VolumeTable rows={volumes} {...table} search="nothing-like-this" />,
  'volumes-loading': () => <VolumesSkeleton />,
  'volume-full': () => <VolumeContent detail={volumeDetail} />,
  'volume-pending': () => <VolumeContent detail={pendingVolume} />,
  'volume-loading': () => <VolumeSkeleton name="data-postgres-0" />,
  'volume-failing': () => (
    <ErrorState error={new ApiError(500, 'INTERNAL', 'The claim could not be read.', 'c0ffee')} onRetry={nothing} />
  ),
}
