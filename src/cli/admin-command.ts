import type { AppOptions } from '../app-options.js'
import { loadConfig } from '../config/config.js'
import { type exitCodes, StartupError } from '../errors/startup-error.js'
import { visibleText } from '../visible-text.js'
import { type AdminClient, type CallOptions, createAdminClient, type Members } from './admin-client.js'
import { localTransport, remoteTransport } from './admin-transports.js'
import type { Flags } from './command-options.js'
import { type Output, outputOf } from './output.js'

// The most that a call gives.
const pageSize = 200

/** A command as it was called. */
export interface AdminCall {
  operands: readonly string[]
  flags: Flags
  output: Output
  /** The least length of a password, in characters, as far as it is known here. */
  minPasswordLength: number
}

/** A command that makes calls of the operator. It gives the text to print. */
export type AdminCommand = (
  client: AdminClient,
  call: AdminCall
) => Promise<string | AsyncIterable<string | Uint8Array>>

/** Whether a command changes anything. */
export type CommandKind = 'reads' | 'changes'

/** Where a command runs. */
export interface AdminContext {
  options: AppOptions
  kind: CommandKind
  /** The exit code of a call that is refused for its arguments. */
  refusedAs: keyof typeof exitCodes
}

/**
 * Runs a command against the service of `--url`, or that of these settings, whether or not it runs; gives the pieces of its
 * text.
 *
 * @throws `StartupError` as `localTransport`, `remoteTransport`, `AdminClient.call`, and what the command itself throws.
 */
export async function* runAdminCommand(
  command: AdminCommand,
  { operands, flags }: Pick<AdminCall, 'operands' | 'flags'>,
  { options, kind, refusedAs }: AdminContext
): AsyncGenerator<string | Uint8Array> {
  const output = outputOf(flags)
  const { environment } = options
  const open =
    flags.url === undefined
      ? localTransport(options, kind === 'reads')
      : remoteTransport(flags.url, environment)
  // The settings of a service that is elsewhere are not these.
  const minPasswordLength = flags.url === undefined ? loadConfig(environment).POSTERN_PASSWORD_MIN_LENGTH : 1
  const client = createAdminClient(open, refusedAs)
  try {
    const text = await command(client, { operands, flags, output, minPasswordLength })
    if (typeof text === 'string') yield text
    else yield* text
  } finally {
    await client.close()
  }
}

/** The path of a user's account, whom an operand names, or says the uid of. @throws `StartupError` for a user there is none of. */
export async function pathOfUser(client: AdminClient, operand: string): Promise<string> {
  return pathOf(uidIn(operand) ?? String((await findUser(client, operand)).body.uid))
}

/**
 * The account of the user whom an operand names, or says the uid of, with the headers of the answer.
 *
 * @throws `StartupError` (user refused) if there is none, (wrong setting) for what follows `uid:` and is none.
 */
export async function findUser(client: AdminClient, operand: string) {
  const uid = uidIn(operand)
  const missing = `there is no user ${visibleText(operand)}`
  if (uid !== undefined) return await client.call('GET', pathOf(uid), { missing })
  if (/^\.\.?$/.test(operand)) return await findByPrefix(client, operand, missing)
  return await client.call('GET', `/admin/users/by-name/${encodeURIComponent(operand)}`, { missing })
}

// In a path, these two lead elsewhere. A name is the first of all that begin with it.
async function findByPrefix(client: AdminClient, name: string, missing: string) {
  const { body } = await client.call('GET', '/admin/users', { query: { q: name, limit: 1 } })
  const [user] = membersOf(body, 'users')
  if (user?.user !== name) throw new StartupError('userRefused', missing)
  return await client.call('GET', pathOf(String(user.uid)), { missing })
}

/** The path of the account of this uid. */
export function pathOf(uid: string): string {
  return `/admin/users/${encodeURIComponent(uid)}`
}

/** The pages of a list, each under this name in an answer, up to so many records. */
export async function* pagesOf(
  client: AdminClient,
  path: string,
  list: string,
  query: NonNullable<CallOptions['query']> = {},
  limit = Number.POSITIVE_INFINITY
): AsyncGenerator<Members[]> {
  let left = limit
  let cursor: string | undefined
  do {
    const page = { limit: Math.min(left, pageSize), cursor }
    const { body } = await client.call('GET', path, { query: { ...query, ...page } })
    const records = membersOf(body, list)
    yield records
    left -= records.length
    cursor = typeof body.next === 'string' ? body.next : undefined
  } while (cursor !== undefined && left > 0)
}

/** All records of a list. */
export async function allOf(pages: AsyncIterable<Members[]>): Promise<Members[]> {
  const records: Members[] = []
  for await (const page of pages) records.push(...page)
  return records
}

/** The list of this name in an answer. */
export function membersOf(body: Members, name: string): Members[] {
  const list = body[name]
  return Array.isArray(list) ? (list as Members[]) : []
}

/** A member of an answer as text; empty for none. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.join(' ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function uidIn(operand: string): string | undefined {
  if (!operand.startsWith('uid:')) return undefined
  const uid = operand.slice('uid:'.length)
  if (/^[0-9a-f]{32}$/.test(uid)) return uid
  throw new StartupError('wrongSetting', 'uid: takes 32 hex digits after it')
}
