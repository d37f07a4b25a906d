import { VolumeSkeleton } from '../../../../../features/volumes/volume-page.tsx'

export default function Loading() {
  return <VolumeSkeleton />
}
