import type { Host } from '../host/host.ts'

/** Ensures that nothing is mounted exactly at the path; a crash between two calls may have left mounts on top. */
export async function unmountAll(host: Host, path: string): Promise<void> {
  const layers = (await host.mounts.list()).filter((mount) => mount.path === path).length
  for (let i = 0; i < layers; i++) await host.mounts.unmount(path)
}
