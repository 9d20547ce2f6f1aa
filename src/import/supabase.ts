import {
  type AccountMembers,
  embeddedJson,
  given,
  type ImportReader,
  InvalidFile,
  isObject,
  parseJson,
  recordOf,
  recordsOf,
  textOf,
  timeOf,
  withHash
} from './record.js'

/** The table `auth.users` of Supabase, as JSON or as CSV with a line of titles. */
export const readSupabase: ImportReader = async function* ({ text, now }) {
  const content = await text()
  const read = (row: Record<string, unknown>) => withHash(accountOf(row, now), textOf(row.encrypted_password))
  if (/^\s*\[/.test(content)) {
    yield* recordsOf(parseJson(content), read)
    return
  }
  const { parse, CsvError } = await import('csv-parse/sync')
  try {
    const rows: { info: { lines: number }; record: unknown }[] = parse(content, {
      columns: true,
      bom: true,
      info: true
    })
    for (const { info, record } of rows) yield recordOf(record, info.lines, read)
  } catch (error) {
    // Its message quotes the text.
    if (error instanceof CsvError) throw new InvalidFile(`it is not valid CSV (${error.code})`)
    throw error
  }
}

function accountOf(row: Record<string, unknown>, now: number): AccountMembers {
  const email = textOf(row.email)
  const { full_name, name } = Object(embeddedJson(row.raw_user_meta_data))
  return given({
    user: email ?? textOf(row.phone) ?? textOf(row.id),
    email,
    email_verified: email === undefined ? undefined : textOf(row.email_confirmed_at) !== undefined,
    display_name: textOf(full_name) ?? textOf(name),
    state: stateOf(row, now),
    claims: claimsOf(embeddedJson(row.raw_app_meta_data)),
    external_id: textOf(row.id),
    created_at: timeOf(row.created_at),
    last_login_at: timeOf(row.last_sign_in_at)
  })
}

function stateOf(row: Record<string, unknown>, now: number): string {
  if (textOf(row.deleted_at) !== undefined) return 'deleted'
  const isBanned = textOf(row.banned_until) !== undefined
  // A ban without a time that can be read lasts, such as one until infinity.
  const bannedUntil = timeOf(row.banned_until) ?? Number.POSITIVE_INFINITY
  return isBanned && bannedUntil > now ? 'disabled' : 'active'
}

function claimsOf(metadata: unknown): unknown {
  if (!isObject(metadata)) return metadata ?? {}
  // Supabase's own: how somebody has signed in there.
  const { provider: _, providers: __, ...claims } = metadata
  return claims
}
