/** A position among the revocations of a store. */
export interface FeedPosition {
  /** The events that were seen, as `EventTable` has it. */
  readonly position: string
  /** The ends of accounts up to this time were told, in seconds since the epoch. */
  readonly end: number
}

// A cursor fits into the head of a request, at the longest numbers.
const maxRunning = 700
const pattern = new RegExp(
  `^([0-9a-z]{1,9})\\.([0-9a-z]{1,10})-([0-9a-z]{1,10})((?:_[0-9a-z]{1,10}){0,${maxRunning}})\\.([0-9a-z]{1,10})\\.([0-9a-f]{32})$`
)

/**
 * The cursor of a position: its numbers in base 36, those of transactions as differences, the server, and the id of the store. Of a
 * position with more than 700 transactions under way it is an earlier one, at which the next of them begins: its reader is told
 * twice of those after it.
 */
export function formatCursor({ position, end }: FeedPosition, storeId: string): string {
  const [snapshot = '', server = ''] = position.split('@')
  const [first = '', last = '', others = ''] = snapshot.split(':')
  const difference = (xid: string) => encode(Number(xid) - Number(first))
  const running = others === '' ? [] : others.split(',')
  const told = running.slice(0, maxRunning).map((xid) => `_${difference(xid)}`)
  const seen = `${encode(Number(first))}-${difference(running[maxRunning] ?? last)}${told.join('')}`
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
