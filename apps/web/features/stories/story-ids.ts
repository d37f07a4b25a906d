/** Every story, by name. The registry and the tests both take their list from here. */
export const storyIds = [
  'overview-full',
  'overview-quiet',
  'overview-empty',
  'overview-loading',
  'overview-failing',
  'nodes-full',
  'nodes-empty',
  'nodes-loading',
  'node-full',
  'node-empty',
  'node-loading',
  'node-failing',
  'volumes-full',
  'volumes-many',
  'volumes-empty',
  'volumes-no-match',
  'volumes-loading',
  'volume-full',
  'volume-pending',
  'volume-loading',
  'volume-failing',
  'history-full',
  'history-empty',
  'history-table',
] as const

export type StoryId = (typeof storyIds)[number]
