import { notFound } from 'next/navigation'

/** Any address that is no page: not-found.tsx, inside the dashboard's frame. */
export default function Page() {
  notFound()
}
