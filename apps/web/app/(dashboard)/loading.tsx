import { OverviewSkeleton } from '../../features/overview/overview-page.tsx'

export default function Loading() {
  return <OverviewSkeleton />
}
