/** A line of the table. Without a value it was skipped, and the note says why. */
export interface Row {
  name: string
  unit: 'ratio' | 'ms' | 's' | 'KiB' | 'MB' | 'users' | 'packages' | 'statements' | 'statements/s'
  value?: number
  /** The quartiles of the rounds, unless the name says otherwise. */
  spread?: readonly [number, number]
  goal?: Goal
  /** The parts of the value, for readers who doubt it. */
  note?: string
}

/** The bound that a value must reach, or stay below. */
export type Goal = { atLeast: number } | { atMost: number }

/** Whether the row reached its goal; undefined if it has none, or was skipped. */
export function isMet({ value, goal }: Row): boolean | undefined {
  if (value === undefined || goal === undefined) return undefined
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost
}

/** A row that could not be measured here. */
export function skipped(name: string, reason: string, unit: Row['unit'] = 'ratio'): Row {
  return { name, unit, note: `skipped: ${reason}` }
}
