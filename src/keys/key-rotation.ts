import { Refusal } from '../errors/refusals.js'
import type { Algorithm } from './algorithms.js'
import { endsOf, inOrder, type ScheduledKey } from './key-ring.js'
import { generateKey } from './signing-key.js'

/** The options of key rotation; times are in seconds. */
export interface RotationOptions {
  algorithm: Algorithm
  now: number
  /** The lead time between publishing a key and signing with it, so that no verifier meets a token before its key. */
  publishAhead: number
}

/**
 * The keys with a new one, which signs after `publishAhead`. RSA may take a second or so. An existing key that would sign
 * later than that was made while the clock was ahead, and is replaced.
 *
 * @throws `SigningKeyRefusedError` while an earlier new one does not sign yet.
 */
export async function rotateKeys(
  keys: readonly ScheduledKey[],
  { algorithm, now, publishAhead }: RotationOptions
): Promise<readonly ScheduledKey[]> {
  const next = keys.find(({ key, signsFrom }) => key.algorithm === algorithm && signsFrom > now)
  if (next !== undefined && next.signsFrom > now + publishAhead) {
    const others = keys.filter((scheduled) => scheduled !== next)
    return await rotateKeys(others, { algorithm, now, publishAhead })
  }
  if (next !== undefined) {
    throw refused(`The key ${next.key.kid} was made already, and signs soon.`)
  }
  return [...keys, { key: await generateKey(algorithm), signsFrom: now + publishAhead, madeAt: now }]
}

/**
 * The keys without one of them, whose tokens are refused from now on. If it is the signing key, the next one signs at once.
 *
 * @throws `SigningKeyDoesNotExistError`, `SigningKeyRefusedError` for the only one of the algorithm.
 */
export function retireKey(
  keys: readonly ScheduledKey[],
  kid: string,
  { algorithm, now }: Pick<RotationOptions, 'algorithm' | 'now'>
): readonly ScheduledKey[] {
  if (!keys.some(({ key }) => key.kid === kid)) throw new Refusal('SigningKeyDoesNotExistError')
  const others = keys.filter(({ key }) => key.kid !== kid)
  const usable = others.filter(({ key }) => key.algorithm === algorithm)
  if (usable.length === 0) {
    throw refused(`${kid} is the only key: make another one first.`)
  }
  if (usable.some(({ signsFrom }) => signsFrom <= now)) return others
  const first = usable.reduce((a, b) => (b.signsFrom < a.signsFrom ? b : a))
  return others.map((scheduled) => (scheduled === first ? { ...scheduled, signsFrom: now } : scheduled))
}

/**
 * The keys without those of the algorithm whose last token has expired; the same array if there are none.
 *
 * @param tokenTtl the longest lifetime of a token.
 */
export function dropExpiredKeys(
  keys: readonly ScheduledKey[],
  { algorithm, now, tokenTtl }: Pick<RotationOptions, 'algorithm' | 'now'> & { tokenTtl: number }
): readonly ScheduledKey[] {
  const own = inOrder(keys.filter(({ key }) => key.algorithm === algorithm))
  const ends = endsOf(own, tokenTtl)
  const expired = new Set(own.filter((_, index) => Number(ends[index]) <= now))
  return expired.size === 0 ? keys : keys.filter((scheduled) => !expired.has(scheduled))
}

function refused(message: string): Refusal {
  return new Refusal('SigningKeyRefusedError', { message })
}
