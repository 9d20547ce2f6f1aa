import { visibleText } from '../visible-text.js'
import { type AdminCommand, pathOfUser } from './admin-command.js'
import { confirm } from './confirmation.js'
import { expiryNote } from './expiry-note.js'
import { jsonText } from './output.js'

/** Bars a user until it is enabled again. */
export const disableUser = stateCommand('disabled', 'is disabled: its sessions and tokens have ended')

/** Lets a disabled or deleted user in again. */
export const enableUser = stateCommand('active', 'is active')

/** Deletes a user as the user would; the record stays. */
export const deleteUser: AdminCommand = async (client, { operands: [name = ''], flags }) => {
  const path = await pathOfUser(client, name)
  await confirm(`Delete the user ${visibleText(name)}? user enable brings it back.`, flags.yes)
  await client.call('DELETE', path, { missing: `there is no user ${visibleText(name)}` })
  return `The user ${visibleText(name)} is deleted.\n`
}

/** Removes all that is kept of a user. A uid may be that of one who is purged already, to free the name. */
export const purgeUser: AdminCommand = async (client, { operands: [name = ''], flags }) => {
  const path = await pathOfUser(client, name)
  const isFreed = flags['free-name'] === true
  const consequence = isFreed ? 'Others may have the name at once.' : 'The name stays reserved.'
  await confirm(`Remove all of the user ${visibleText(name)}, for good? ${consequence}`, flags.yes)
  await client.call('DELETE', path, {
    query: { purge: true, free_name: isFreed || undefined },
    missing: `there is no user ${visibleText(name)}`
  })
  return `The user ${visibleText(name)} is purged${isFreed ? ', and the name is free' : ''}.\n`
}

/** Ends all sessions and all tokens of a user. */
export const signOutUser: AdminCommand = async (client, { operands: [name = ''] }) => {
  await client.call('POST', `${await pathOfUser(client, name)}/sign-out`)
  return `The user ${visibleText(name)} is signed out everywhere.\n`
}

function stateCommand(state: string, outcome: string): AdminCommand {
  return async (client, { operands: [name = ''], output }) => {
    const { body } = await client.call('PATCH', await pathOfUser(client, name), { body: { state } })
    return output.format === 'json'
      ? jsonText(body)
      : `The user ${visibleText(String(body.user))} ${outcome}.\n${expiryNote(body)}`
  }
}
