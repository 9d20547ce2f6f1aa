import { visibleText } from '../visible-text.js'
import type { Members } from './admin-client.js'
import type { AdminCall, AdminCommand } from './admin-command.js'
import type { Flags } from './command-options.js'
import { claimsIn, requireOneOf, timeIn } from './option-values.js'
import { jsonText } from './output.js'
import { generatePassword, readPassword } from './password-source.js'

/**
 * Makes a user. A generated password, or a link, stands alone on standard output, and the words on standard error.
 */
export const addUser: AdminCommand = async (client, call) => {
  const { operands, flags, output } = call
  const [user = ''] = operands
  requireOneOf(flags, ['generate', 'invite'])
  const members = membersIn(flags)
  const credential = flags.invite ? { invite: true } : { pass: await passwordFor(user, call) }
  const { body } = await client.call('POST', '/admin/users', { body: { user, ...credential, ...members } })
  if (output.format === 'json') {
    return jsonText({ ...body, ...(flags.generate && { pass: credential.pass }) })
  }
  const place = `${flags.url === undefined ? 'in' : 'at'} ${client.where}`
  const words = `The user ${visibleText(user)} was made ${place}.\n`
  const secret = flags.invite
    ? visibleText(String(body.invite_url))
    : flags.generate
      ? credential.pass
      : undefined
  if (secret === undefined) return words
  process.stderr.write(words)
  return `${secret}\n`
}

async function passwordFor(user: string, { flags, minPasswordLength }: AdminCall): Promise<string> {
  if (flags.generate) return generatePassword(minPasswordLength)
  return await readPassword(user, 'no user was made')
}

function membersIn(flags: Flags): Members {
  const claims = claimsIn(flags.claim)
  const expiresAt = timeIn(flags['expires-at'])
  return {
    ...(flags.group !== undefined && { groups: flags.group }),
    ...(flags.email !== undefined && { email: flags.email }),
    ...(flags['email-verified'] && { email_verified: true }),
    ...(flags['display-name'] !== undefined && { display_name: flags['display-name'] }),
    ...(flags['external-id'] !== undefined && { external_id: flags['external-id'] }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    ...(claims.size > 0 && { claims: Object.fromEntries(claims) })
  }
}
