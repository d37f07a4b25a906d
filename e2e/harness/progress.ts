export interface Step {
  /** Says how far the step is, e.g. `kubelet, 3 of 10`. */
  update(detail: string): void
  done(detail?: string): void
}

/** Where long work tells what it is doing. */
export interface Progress {
  step(title: string): Step
}

export const silentProgress: Progress = { step: () => ({ update: () => {}, done: () => {} }) }

/** One line per step on standard error with the time since the start and the time it took. */
export function lineProgress(write: (line: string) => void = (line) => process.stderr.write(line)): Progress {
  const startedAt = performance.now()
  return {
    step(title) {
      const stepAt = performance.now()
      let lastDetail = ''
      const print = (mark: string, text: string): void =>
        write(`${seconds(performance.now() - startedAt).padStart(7)}  ${mark} ${text}\n`)
      return {
        update(detail) {
          if (detail === lastDetail) return
          lastDetail = detail
          print('·', `${title}: ${detail}`)
        },
        done(detail) {
          print('✓', `${title}${detail ? `: ${detail}` : ''} (${seconds(performance.now() - stepAt)})`)
        },
      }
    },
  }
}

function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)}s`
    : `${Math.floor(ms / 60_000)}m${String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')}s`
}
