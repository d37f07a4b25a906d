/** Figures of one run, printed as a table: what, the value, the goal. */
export interface Figure {
  what: string
  value: string
  goal?: string
}

export function print(figures: Figure[]): void {
  const width = Math.max(...figures.map((f) => f.what.length))
  const values = Math.max(...figures.map((f) => f.value.length))
  for (const { what, value, goal } of figures)
    console.log(`${what.padEnd(width)}  ${value.padEnd(values)}  ${goal ? `goal ${goal}` : ''}`.trimEnd())
}

/** The value below which `part` (0..1) of the samples lie; nearest rank. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
