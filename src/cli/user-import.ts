import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { exitCodes, StartupError } from '../errors/startup-error.js'
import { formats, readerOf } from '../import/formats.js'
import { type ImportReader, type ImportRecord, type ImportSource, InvalidFile } from '../import/record.js'
import { visibleText } from '../visible-text.js'
import type { AdminClient, Members } from './admin-client.js'
import { type AdminCommand, findUser, membersOf, pathOf, textOf } from './admin-command.js'
import type { Flags } from './command-options.js'
import { batchesOf, createClashCheck, type ImportBatch } from './import-batches.js'
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

/** Imports the accounts of a file. With refusals the exit code is 9. */
export const importUsers: AdminCommand = async (client, { operands: [path = ''], flags, output }) => {
  const reader = await requireReader(flags.from)
  const source = await sourceOf(path, flags['hash-config'])
  const query = { dry_run: flags['dry-run'], on_conflict: conflictIn(flags['on-conflict']) }
  // A file that cannot be read to its end imports nothing.
  const total = await countRecords(reader, source)
  const progress = await startProgress(total)
  const report: Report = { made: 0, updated: 0, skipped: 0, refused: [], invited: [] }
  try {
    for await (const batch of batchesOf(acceptable(reader(source), flags, report))) {
      const sent = { query, text: batch.text, headers: { 'content-type': 'application/x-ndjson' } }
      const { body } = await client.call('POST', '/admin/import', sent)
      addTo(report, body, batch)
      if (!flags['dry-run']) await invite(client, batch, report)
      progress.advance(batch.records.length)
    }
  } finally {
    progress.end()
  }
  report.refused.sort((one, other) => Number(one.line) - Number(other.line))
  if (report.refused.length > 0) process.exitCode = exitCodes.importRefused
  return reportText(report, output)
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

async function sourceOf(path: string, hashConfig: string | undefined): Promise<ImportSource> {
  return {
    // A byte order mark would be a part of the first name.
    async *lines() {
      let isFirst = true
      for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
        yield isFirst ? line.replace(/^\ufeff/, '') : line
        isFirst = false
      }
    },
    text: async () => (await readFile(path, 'utf8')).replace(/^\ufeff/, ''),
    ...(hashConfig !== undefined && { hashConfig: await readOrRefuse(hashConfig) }),
    now: Math.floor(Date.now() / 1000)
  }
}

async function countRecords(reader: ImportReader, source: ImportSource): Promise<number> {
  let count = 0
  try {
    for await (const _ of reader(source)) count += 1
  } catch (error) {
    throw unreadable(error)
  }
  return count
}

async function readOrRefuse(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw unreadable(error)
  }
}

function unreadable(error: unknown): unknown {
  if (error instanceof InvalidFile) return wrong(`nothing was imported: ${error.message}`)
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall === undefined ? error : wrong(`nothing was imported: the file cannot be read (${code})`)
}

/** The records that are worth sending; the others are in the report. */
async function* acceptable(
  records: AsyncIterable<ImportRecord>,
  flags: Flags,
  report: Report
): AsyncGenerator<ImportRecord> {
  const clashOf = createClashCheck()
  for await (const record of records) {
    const { line, account, fault, refusedHash } = record
    const isInvited = flags['invite-refused'] === true
    const reason = fault ?? clashOf(record) ?? (isInvited ? undefined : refusedHash)
    if (reason === undefined) yield record
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
