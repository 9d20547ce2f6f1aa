import {
  type AccountMembers,
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
  // Supabase's own: how somebody has signed in there.
  const { provider: _, providers: __, ...claims } = objectOf(row.raw_app_meta_data)
  const { full_name, name } = objectOf(row.raw_user_meta_data)
  const isBanned = (timeOf(row.banned_until) ?? 0) > now
  return given({
    user: email ?? textOf(row.phone) ?? textOf(row.id),
    email,
    email_verified: email === undefined ? undefined : textOf(row.email_confirmed_at) !== undefined,
    display_name: textOf(full_name) ?? textOf(name),
    state: textOf(row.deleted_at) !== undefined ? 'deleted' : isBanned ? 'disabled' : 'active',
    claims,
    external_id: textOf(row.id),
    created_at: timeOf(row.created_at),
    last_login_at: timeOf(row.last_sign_in_at)
  })
}

function objectOf(value: unknown): Record<string, unknown> {
  const parsed = typeof value === 'string' && value !== '' ? parseJson(value) : value
  return isObject(parsed) ? parsed : {}
}
