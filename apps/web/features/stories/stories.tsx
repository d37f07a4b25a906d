import type { ReactNode } from 'react'
import { historyStories } from '../history/history.stories.tsx'
import { nodeStories } from '../nodes/nodes.stories.tsx'
import { overviewStories } from '../overview/overview.stories.tsx'
import { volumeStories } from '../volumes/volumes.stories.tsx'
import type { StoryId } from './story-ids.ts'

/** Each page in each of its states, from fixtures, without a server. */
export const stories: Record<StoryId, () => ReactNode> = {
  ...overviewStories,
  ...nodeStories,
  ...volumeStories,
  ...historyStories,
}
