/**
 * What lives here: a cache of the past, in SQLite through Prisma: what every pool and volume looked like each 30 s.
 * Nothing depends on it; the file may be deleted at any time, also while running.
 */
export { type History, openHistory } from './history.ts'
