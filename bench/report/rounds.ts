/** Measures one of the competitors once. */
export type Measure<Sample> = () => Promise<Sample>

/** Measures all in turn, `rounds` times after the warm-up, the first to go being another one in each round. */
export async function interleave<Name extends string, Sample>(
  rounds: number,
  measures: Record<Name, Measure<Sample>>,
  { warmUps = 1 } = {}
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(measures) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const name of rotated(names, round + warmUps)) {
      const sample = await measures[name]()
      if (round >= 0) samples[name].push(sample)
    }
  }
  return samples
}

// Otherwise the second one would always find the machine as the first one has left it.
function rotated<T>(values: readonly T[], by: number): T[] {
  const first = by % values.length
  return [...values.slice(first), ...values.slice(0, first)]
}
