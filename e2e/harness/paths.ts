import { fileURLToPath } from 'node:url'

/** The top of the checkout. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Files that go into the VM as they are. */
export const GUEST = fileURLToPath(new URL('guest', import.meta.url))
