'use client'

import { stories } from './stories.tsx'
import type { StoryId } from './story-ids.ts'

export function StoryFrame({ id }: { id: StoryId }) {
  const Story = stories[id]
  return (
    <main id="content" data-story={id} className="mx-auto max-w-[1240px] bg-canvas p-6">
      <Story />
    </main>
  )
}
