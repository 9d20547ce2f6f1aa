import type { InvitationView } from '../../admin/invitations.js'
import type { Page as ListPage } from '../../admin/paging.js'
import type { Refusal } from '../../errors/refusals.js'
import type { Form } from '../account-form.js'
import { actions, adminPage, buttonLink, pageLinks, pathWith, table } from './admin-frame.js'
import { button, choice, type Field, field, form } from './forms.js'
import { html } from './html.js'
import { lifetimeOptions } from './lifetimes.js'
import { mistakesOf } from './mistakes.js'
import type { View } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminFieldTexts } from './texts/admin-fields.js'
import { adminKeysTexts } from './texts/admin-keys.js'

const path = '/admin/pages/invitations'

// In seconds.
const lifetimes = [3600, 86_400, 259_200, 604_800]

/** The open invitations. */
export const adminInvitationsPage: View<{ list: ListPage<InvitationView>; isFirst: boolean }> = (
  context,
  { list: { items, next }, isFirst }
) => {
  const { invitations, groups, made, expires, actions: actionsTitle, remove } = adminTexts[context.language]
  const { newInvitation, noInvitations } = adminKeysTexts[context.language]
  const { userName, emailAddress } = context.texts
  const heads = [userName, emailAddress, groups, made, expires, actionsTitle]
  const rows = items.map((invitation) => [
    html`<bdi>${invitation.user}</bdi>`,
    html`<bdi>${invitation.email}</bdi>`,
    invitation.groups.join(', '),
    context.time(invitation.created_at),
    context.time(invitation.expires_at),
    buttonLink(context, `${path}/${invitation.id}/remove`, remove)
  ])
  const main = [
    actions(buttonLink(context, `${path}/new`, newInvitation, 'primary')),
    items.length === 0
      ? html`<p>${noInvitations}</p>
`
      : table(invitations, heads, rows),
    pageLinks(context, { isFirst, next }, (cursor) => pathWith(path, cursor))
  ]
  return adminPage(context, 'invitations', invitations, main)
}

/** The form for an invitation. */
export const newInvitationPage: View<{ given: Form; refusal?: Refusal | undefined }> = (
  context,
  { given, refusal }
) => {
  const { groups, lifetime } = adminTexts[context.language]
  const { newInvitation, invite, nameHint } = adminKeysTexts[context.language]
  const { groupsHint } = adminFieldTexts[context.language]
  const mistakes = mistakesOf(context, refusal, ['user', 'email', 'groups'])
  const one = (name: string, label: string, more: Partial<Field>) => {
    const error = mistakes.at(name)
    const value = given[name]
    const isFocused = error !== undefined
    return field(context, {
      name,
      label,
      value,
      error,
      isFocused,
      autocomplete: 'off',
      isVerbatim: true,
      ...more
    })
  }
  const content = [
    one('user', context.texts.userName, { hint: nameHint }),
    one('email', context.texts.emailAddress, { inputMode: 'email' }),
    one('groups', groups, { rows: 4, hint: groupsHint }),
    choice('expires_in', lifetime, lifetimeOptions(context, lifetimes), given.expires_in ?? '604800'),
    actions(button(invite), buttonLink(context, path, context.texts.cancel))
  ]
  const main = [mistakes.notice, form(context, `${path}/new`, content)]
  return adminPage(context, 'invitations', newInvitation, main, false)
}
