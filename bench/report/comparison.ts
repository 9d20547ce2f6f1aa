import { connections, type Load, loadFully } from '../load/full-load.js'
import { loadAtRate } from '../load/paced-load.js'
import type { Requests } from '../load/request.js'
import type { Program } from '../setup/program.js'
import { interleave } from './rounds.js'
import { type Row, skipped } from './row.js'
import { median, quantile, quartiles, ratios } from './statistics.js'

/** Two servers, and the requests for both, or for each. */
export interface Competitors {
  ours: Program
  theirs: Program
  requests: Requests | Record<'ours' | 'theirs', Requests>
}

/** The requests a second of a server in each round, and the row of their ratio. */
export interface Comparison {
  row: Row
  requestsPerSecond: number
}

/** Compares how many requests both servers answer. */
export async function compareFully(
  name: string,
  goal: Row['goal'],
  { ours, theirs, requests }: Competitors,
  { rounds = 7, seconds = 0.6 } = {}
): Promise<Comparison> {
  const sent = 'ours' in requests ? requests : { ours: requests, theirs: requests }
  const loads = await interleave(rounds, {
    ours: () => loadFully(ours, sent.ours, { seconds }),
    theirs: () => loadFully(theirs, sent.theirs, { seconds })
  })
  const requestsPerSecond = median(rates(loads.ours))
  const note = [`${whole(requestsPerSecond)}/s by ${whole(median(rates(loads.theirs)))}/s`, byCpu(loads)]
  const row = ratioRow(name, goal, ratios(rates(loads.ours), rates(loads.theirs)))
  return { requestsPerSecond, row: { ...row, note: note.filter(Boolean).join('; ') } }
}

/**
 * The p99 at half of the rate of full load: against that of the bare server, since the machine's own tail is in both; without
 * one, against the p50.
 */
export async function measureTail(
  name: string,
  { ours, theirs, requests }: { ours: Program; theirs?: Program; requests: Requests },
  requestsPerSecond: number,
  { rounds = 7, seconds = 0.4 } = {}
): Promise<Row> {
  const pace = { rate: requestsPerSecond / 2, seconds }
  const measures = {
    ours: () => loadAtRate(ours.url, requests, pace),
    theirs: async () => (theirs === undefined ? [] : await loadAtRate(theirs.url, requests, pace))
  }
  const samples = await interleave(rounds, measures)
  const title = `${name}, p99 at half load / ${theirs === undefined ? 'p50' : 'bare'}`
  // Else all replies are slow alike, for want of a processor, and the ratio looks good.
  if (median(samples.ours.map(median)) > (1000 * connections) / pace.rate) {
    return skipped(title, 'the machine was too busy to answer at half of the rate')
  }
  const note = latencies(samples.ours)
  if (theirs === undefined) return { ...ratioRow(title, { atMost: 3 }, samples.ours.map(tail)), note }
  const row = ratioRow(title, { atMost: 1.5 }, ratios(samples.ours.map(p99), samples.theirs.map(p99)))
  return { ...row, note: `${note}; bare ${latencies(samples.theirs)}` }
}

export function ratioRow(name: string, goal: Row['goal'], values: readonly number[]): Row {
  return { name, unit: 'ratio', value: median(values), spread: quartiles(values), ...(goal && { goal }) }
}

function rates(loads: readonly Load[]): number[] {
  return loads.map(({ requestsPerSecond }) => requestsPerSecond)
}

function byCpu({ ours, theirs }: Record<'ours' | 'theirs', Load[]>): string {
  const rate = ({ requestsPerCpuSecond }: Load) => requestsPerCpuSecond ?? Number.NaN
  const ratio = median(ratios(ours.map(rate), theirs.map(rate)))
  return Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)} by processor time`
}

function p99(latencies: readonly number[]): number {
  return quantile(latencies, 0.99)
}

function tail(latencies: readonly number[]): number {
  return p99(latencies) / median(latencies)
}

function latencies(rounds: readonly number[][]): string {
  const at = (share: number) => median(rounds.map((round) => quantile(round, share))).toFixed(2)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
