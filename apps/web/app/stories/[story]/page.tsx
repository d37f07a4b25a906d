import { notFound } from 'next/navigation'
import { connection } from 'next/server'
import { StoryFrame } from '../../../features/stories/story-frame.tsx'
import { storyIds } from '../../../features/stories/story-ids.ts'

/** One story on a page of its own. Only where OPEN_LOCAL_STORIES=1: for people at work on the dashboard, and tests. */
export default async function Page({ params }: { params: Promise<{ story: string }> }) {
  await connection()
  if (process.env.OPEN_LOCAL_STORIES !== '1') notFound()
  const { story } = await params
  const id = storyIds.find((candidate) => candidate === story)
  if (!id) notFound()
  return <StoryFrame id={id} />
}
