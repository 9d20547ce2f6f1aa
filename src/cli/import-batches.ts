import { normaliseUserName } from '../accounts/user-name.js'
import { maxLineLength } from '../admin/import-request.js'
import type { ImportRecord } from '../import/record.js'
import { emailKey } from '../store/store.js'
import type { Members } from './admin-client.js'

// Of a call. It takes 1 MiB.
const maxLines = 500
const maxBytes = 1000 * 1024

/** A record with the line that is sent of it. */
export interface SentRecord {
  record: ImportRecord
  text: string
}

/** The records of one call, with the text that is sent of them. */
export interface ImportBatch {
  records: readonly ImportRecord[]
  text: string
}

/** The line of an account; undefined for what is larger, or deeper, than one can be. */
export function lineOf(account: Members): string | undefined {
  try {
    const line = `${JSON.stringify(account)}\n`
    return line.length <= maxLineLength ? line : undefined
  } catch (error) {
    // V8 gives up on the text of thousands of levels.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Collects records into batches that one call takes. */
export async function* batchesOf(sent: AsyncIterable<SentRecord>): AsyncGenerator<ImportBatch> {
  let batch: ImportRecord[] = []
  let text = ''
  let bytes = 0
  for await (const { record, text: line } of sent) {
    const length = Buffer.byteLength(line)
    if (batch.length > 0 && (batch.length === maxLines || bytes + length > maxBytes)) {
      yield { records: batch, text }
      batch = []
      text = ''
      bytes = 0
    }
    batch.push(record)
    text += line
    bytes += length
  }
  if (batch.length > 0) yield { records: batch, text }
}

/**
 * Tells which line before has the same name, uid, e-mail address or external id, which one account alone may have. The service
 * sees no more than a batch.
 */
export function createClashCheck(): (record: ImportRecord) => string | undefined {
  const lines = new Map<string, number>()
  return ({ line, account }) => {
    const keys = Object.entries(keysOf(account)).filter(([, value]) => typeof value === 'string')
    for (const [member, value] of keys) {
      const earlier = lines.get(`${member} ${value}`)
      if (earlier !== undefined) return `${member}: is the same as on line ${earlier}.`
    }
    for (const [member, value] of keys) lines.set(`${member} ${value}`, line)
    return undefined
  }
}

function keysOf({ user, uid, email, external_id }: Members) {
  return {
    user: typeof user === 'string' ? canonical(user) : undefined,
    uid,
    email: typeof email === 'string' ? emailKey(email) : undefined,
    external_id
  }
}

// The service refuses a name that has no canonical form.
function canonical(name: string): string {
  try {
    return normaliseUserName(name)
  } catch {
    return name
  }
}
