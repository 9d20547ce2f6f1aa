import { visibleText } from '../visible-text.js'
import { type AdminCommand, pathOfUser } from './admin-command.js'
import { requireOneOf, secondsIn } from './option-values.js'
import { jsonText, timeText } from './output.js'
import { generatePassword, readPassword } from './password-source.js'

/** Gives a user a new password, or prints a link by which the user sets one. */
export const setPassword: AdminCommand = async (client, call) => {
  const { operands, flags, minPasswordLength } = call
  const [name = ''] = operands
  requireOneOf(flags, ['generate', 'link'])
  if (flags.link) return await makeLink(client, call)
  const pass = flags.generate
    ? generatePassword(minPasswordLength)
    : await readPassword(name, 'nothing was changed')
  await client.call('PATCH', await pathOfUser(client, name), { body: { pass } })
  const words = `The user ${visibleText(name)} has a new password, and is signed out everywhere.\n`
  if (!flags.generate) return words
  process.stderr.write(words)
  return `${pass}\n`
}

/** Prints a link by which a user sets a new password: alone on standard output, with the words on standard error. */
export const makeLink: AdminCommand = async (client, { operands: [name = ''], flags, output }) => {
  const expiresIn = secondsIn(flags['expires-in'])
  const { body } = await client.call('POST', `${await pathOfUser(client, name)}/password-link`, {
    body: { ...(expiresIn !== undefined && { expires_in: expiresIn }) }
  })
  if (output.format === 'json') return jsonText(body)
  process.stderr.write(`The link works once, until ${timeText(body.expires_at)}.\n`)
  return `${visibleText(String(body.url))}\n`
}
