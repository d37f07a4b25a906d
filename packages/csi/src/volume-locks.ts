import { OpenLocalError } from '@open-local/shared'

/**
 * At most one operation at a time for each volume id. The CSI specification leaves the queue to the caller, who calls
 * again after ABORTED, so nothing waits here.
 */
export class VolumeLocks {
  readonly #operations = new Map<string, string>()

  /**
   * Runs `work` and answers what it answers; the volume is free again when it settles, even if nobody listens by then.
   * ABORTED, naming the operation that runs, when the volume is taken. Not re-entrant.
   */
  async run<Result>(volumeId: string, operation: string, work: () => Promise<Result>): Promise<Result> {
    const running = this.#operations.get(volumeId)
    if (running !== undefined) {
      throw new OpenLocalError(
        'ABORTED',
        `${operation} has to wait: ${running} of volume ${volumeId} is still running; call again when it is done`,
      )
    }
    this.#operations.set(volumeId, operation)
    try {
      return await work()
    } finally {
      this.#operations.delete(volumeId)
    }
  }

  /** What runs on a volume now, if anything. */
  find(volumeId: string): string | undefined {
    return this.#operations.get(volumeId)
  }
}
