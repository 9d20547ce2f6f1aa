/** The progress of a long command, for people. */
export interface Progress {
  advance(count: number): void
  end(): void
}

/** A bar on standard error if that is a terminal; else nothing. */
export async function startProgress(total: number): Promise<Progress> {
  if (!process.stderr.isTTY || total === 0) return { advance() {}, end() {} }
  const { Presets, SingleBar } = (await import('cli-progress')).default
  const bar = new SingleBar(
    { format: '{bar} {value} of {total}', stream: process.stderr, clearOnComplete: true },
    Presets.shades_classic
  )
  bar.start(total, 0)
  return { advance: (count) => bar.increment(count), end: () => bar.stop() }
}
