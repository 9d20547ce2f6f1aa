/** A position among the revocations of a store. */
export interface FeedPosition {
  /** The events that were seen, as `EventTable` has it. */
  readonly position: string
  /** The ends of accounts up to this time were told, in seconds since the epoch. */
  readonly end: number
}

const pattern =
  /^([0-9a-z]{1,9})\.([0-9a-z]{1,10})-([0-9a-z]{1,10})((?:_[0-9a-z]{1,10}){0,2000})\.([0-9a-z]{1,10})\.([0-9a-f]{32})$/

/** The cursor of a position: its numbers in base 36, those of transactions as differences, the server, and the id of the store. */
export function formatCursor({ position, end }: FeedPosition, storeId: string): string {
  const [snapshot = '', server = ''] = position.split('@')
  const [first = '', last = '', others = ''] = snapshot.split(':')
  const from = Number(first)
  const running = others === '' ? [] : others.split(',').map((xid) => `_${encode(Number(xid) - from)}`)
  const seen = `${encode(from)}-${encode(Number(last) - from)}${running.join('')}`
  return `${encode(end)}.${seen}.${encode(Number(server))}.${storeId}`
}

/** The position of a cursor; undefined for one of another store, and for what is none. */
export function parseCursor(cursor: string, storeId: string): FeedPosition | undefined {
  const [, end = '', first = '', length = '', others = '', server = '', id] = pattern.exec(cursor) ?? []
  if (id !== storeId) return undefined
  const from = decode(first)
  const last = from + decode(length)
  const running = others
    .split('_')
    .slice(1)
    .map((difference) => from + decode(difference))
  // PostgreSQL refuses any other order.
  const isInOrder = running.every(
    (xid, index) => xid < last && xid >= from && xid > (running[index - 1] ?? 0)
  )
  const isSafe = from > 0 && last < Number.MAX_SAFE_INTEGER && isInOrder
  const position = `${from}:${last}:${running.join(',')}@${decode(server)}`
  return isSafe ? { position, end: decode(end) } : undefined
}

function encode(number: number): string {
  return number.toString(36)
}

function decode(text: string): number {
  return Number.parseInt(text, 36)
}
