import { exitCodes, StartupError } from '../errors/startup-error.js'
import { formats, readerOf } from '../import/formats.js'
import { type ImportReader, type ImportRecord, type ImportSource, InvalidFile } from '../import/record.js'
import { visibleText } from '../visible-text.js'
import type { AdminClient, Members } from './admin-client.js'
import { type AdminCommand, findUser, membersOf, pathOf, textOf } from './admin-command.js'
import type { Flags } from './command-options.js'
import { batchesOf, createClashCheck, type ImportBatch, lineOf, type SentRecord } from './import-batches.js'
import { asInvalidFile, openImportSource, recordsOf } from './import-source.js'
import { jsonText, type Output, rowsText } from './output.js'
import { startProgress } from './progress.js'
import type { Column } from './table.js'

// In seconds, as of an invitation.
const linkLifetime = 604_800

interface Report {
  made: number
  updated: number
  skipped: number
  refused: Members[]
  /** The links of those whose hash was refused. */
  invited: Members[]
}

const refusedColumns: readonly Column<Members>[] = [
  { title: 'Line', of: ({ line }) => textOf(line) },
  { title: 'User', of: ({ user }) => textOf(user), isCut: true },
  { title: 'Reason', of: ({ reason }) => textOf(reason) }
]

const linkColumns: readonly Column<Members>[] = [
  { title: 'User', of: ({ user }) => textOf(user), isCut: true },
  { title: 'Link', of: ({ url }) => textOf(url) }
]

/**
 * Imports the accounts of a file. With refusals the exit code is 9. After a failure on the way the report is that of the accounts
 * before it.
 */
export const importUsers: AdminCommand = async (client, { operands: [path = ''], flags, output }) => {
  const reader = await requireReader(flags.from)
  const query = { dry_run: flags['dry-run'], on_conflict: conflictIn(flags['on-conflict']) }
  const { source, total } = await judged(reader, path, flags['hash-config'])
  const progress = await startProgress(total)
  const report: Report = { made: 0, updated: 0, skipped: 0, refused: [], invited: [] }
  let sent = 0
  let failure: unknown
  try {
    for await (const batch of batchesOf(acceptable(recordsOf(reader, source), flags, report))) {
      const call = { query, text: batch.text, headers: { 'content-type': 'application/x-ndjson' } }
      const { body } = await client.call('POST', '/admin/import', call)
      addTo(report, body, batch)
      sent += batch.records.length
      if (!flags['dry-run']) await invite(client, batch, report)
      progress.advance(batch.records.length)
    }
  } catch (error) {
    if (sent === 0) throw asStartupError(error)
    failure = error
  } finally {
    progress.end()
  }
  report.refused.sort((one, other) => Number(one.line) - Number(other.line))
  if (report.refused.length > 0) process.exitCode = exitCodes.importRefused
  return reportUntil(failure, reportText(report, output))
}

async function* reportUntil(failure: unknown, text: string): AsyncGenerator<string> {
  yield text
  if (failure === undefined) return
  throw asStartupError(failure, 'the report ends here, and the rest was not imported: ')
}

async function requireReader(format: string | undefined): Promise<ImportReader> {
  const reader = format === undefined ? undefined : await readerOf(format)
  if (reader === undefined) throw wrong(`--from takes one of ${formats.join(', ')}`)
  return reader
}

function conflictIn(text: string | undefined): string | undefined {
  if (text === undefined || ['skip', 'update', 'fail'].includes(text)) return text
  throw wrong('--on-conflict takes skip, update or fail')
}

/** The file and the number of its records. One that cannot be read to its end imports nothing. */
async function judged(reader: ImportReader, path: string, hashConfig: string | undefined) {
  try {
    const source = await openImportSource(path, hashConfig)
    return { source, total: await countRecords(reader, source) }
  } catch (error) {
    throw asStartupError(asInvalidFile(error))
  }
}

async function countRecords(reader: ImportReader, source: ImportSource): Promise<number> {
  let count = 0
  for await (const _ of recordsOf(reader, source)) count += 1
  return count
}

/** The records that are worth sending; the others are in the report. */
async function* acceptable(
  records: AsyncIterable<ImportRecord>,
  flags: Flags,
  report: Report
): AsyncGenerator<SentRecord> {
  const clashOf = createClashCheck()
  for await (const record of records) {
    const { line, account, fault, refusedHash } = record
    const isInvited = flags['invite-refused'] === true
    const text = lineOf(account)
    const size = text === undefined ? 'it is larger than an account may be' : undefined
    const reason = fault ?? size ?? clashOf(record) ?? (isInvited ? undefined : refusedHash)
    if (reason === undefined && text !== undefined) yield { record, text }
    else report.refused.push({ line, ...(account.user !== undefined && { user: account.user }), reason })
  }
}

function addTo(report: Report, answer: Members, { records }: ImportBatch): void {
  report.made += Number(answer.made)
  report.updated += Number(answer.updated)
  report.skipped += Number(answer.skipped)
  for (const refused of membersOf(answer, 'refused')) {
    report.refused.push({ ...refused, line: records[Number(refused.line) - 1]?.line })
  }
}

/** Makes links for those whose hash was refused and who have no password. A barred account gets none. */
async function invite(client: AdminClient, { records }: ImportBatch, report: Report): Promise<void> {
  const lines = new Set(report.refused.map(({ line }) => line))
  for (const { line, account, refusedHash } of records) {
    if (refusedHash === undefined || lines.has(line)) continue
    const { body: user } = await findUser(client, String(account.user))
    if (user.has_password === true || user.state !== 'active') continue
    const { body } = await client.call('POST', `${pathOf(String(user.uid))}/password-link`, {
      body: { expires_in: linkLifetime }
    })
    report.invited.push({ user: user.user, ...body })
  }
}

function reportText(report: Report, output: Output): string {
  if (output.format === 'json') return jsonText(report)
  const { made, updated, skipped, refused, invited } = report
  const summary = `${made} made, ${updated} updated, ${skipped} skipped, ${refused.length} refused.\n`
  return [rowsText(linkColumns, invited, output), rowsText(refusedColumns, refused, output), summary].join('')
}

function wrong(message: string): StartupError {
  return new StartupError('wrongSetting', visibleText(message))
}

function asStartupError(error: unknown, prefix = 'nothing was imported: '): unknown {
  if (error instanceof InvalidFile) return wrong(`${prefix}${error.message}`)
  return error
}
