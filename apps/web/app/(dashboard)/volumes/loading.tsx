import { VolumesSkeleton } from '../../../features/volumes/volumes-page.tsx'

export default function Loading() {
  return <VolumesSkeleton />
}
