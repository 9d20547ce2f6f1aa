import { describeAnswer } from './ask.js'
import { pickFrom } from './chance.js'
import {
  addToken,
  type Credential,
  living,
  type ModelSession,
  type ModelUser,
  ofKind
} from './credentials.js'
import { createFamilyModel } from './family-model.js'
import type { Witness } from './witness.js'

/** What a client does with families of rotating tokens. */
export interface Rotations {
  /**
   * Uses the newest token of a family, the one before, as after a lost reply, or an older one, as a thief does. Begins a family where
   * there is none.
   */
  rotate(user: ModelUser): Promise<void>
  /** Uses a token of a family, the newest unless another one is given, and judges the answer. */
  renew(user: ModelUser, token: Credential, used?: string): Promise<void>
}

// In milliseconds.
const reuseGrace = 10_000

/** See `Rotations`. @param settleTime as that of the witness. */
export function createRotations(witness: Witness, settleTime: number): Rotations {
  const { call, conclude, leaveOpen, remind, violate } = witness

  async function grant(user: ModelUser): Promise<void> {
    const { name: username, password } = user
    const values = { grant_type: 'password', username, password: password.text }
    const answer = await call('password grant', 'POST', '/oauth/token', values)
    if (answer?.status === 200) {
      const { access_token: access, refresh_token: first } = JSON.parse(answer.body)
      const issued = { from: answer.sent, to: answer.received }
      const session: ModelSession = { members: [], family: createFamilyModel(first, issued, reuseGrace) }
      addToken(user, 'access token', access, session)
      addToken(user, 'rotating token', first, session)
    } else if (answer !== undefined) violate(`a password grant was answered ${answer.status}`)
  }

  async function rotate(user: ModelUser): Promise<void> {
    const token = pickFrom(living(ofKind(user, 'rotating token')))
    if (token === undefined) return await grant(user)
    const texts = token.session?.family?.texts ?? []
    const chance = Math.random()
    await renew(user, token, chance < 0.7 ? undefined : chance < 0.85 ? texts.at(-2) : pickFrom(texts))
  }

  async function renew(user: ModelUser, token: Credential, used = token.text): Promise<void> {
    const members = living(token.session?.members ?? [])
    const outcome = await useOfFamily(token, used)
    if (outcome.isEnded !== undefined && outcome.end !== undefined) {
      conclude(members, outcome.isEnded ? outcome.end : undefined)
      return
    }
    leaveOpen(user, {
      async probe() {
        const { isEnded, end } = await useOfFamily(token, token.text)
        if (user.open !== undefined) user.open.settlesAt = performance.now() + settleTime
        return end && isEnded
      },
      conclude: (end) => conclude(members, end)
    })
  }

  /** Whether the family has ended after this use; there is no `end` without an answer. */
  async function useOfFamily(token: Credential, used: string) {
    const { owner, session } = token
    const family = session?.family
    if (family === undefined) throw new Error('the token does not rotate')
    const members = living(session?.members ?? [])
    if (family.mayEnd(used)) {
      await remind(members)
      for (const member of members) member.isUncertain = true
    }
    const sent = performance.now()
    const values = { grant_type: 'refresh_token', refresh_token: used }
    const answer = await call('use of rotating token', 'POST', '/oauth/token', values)
    const to = answer?.received ?? performance.now() + settleTime
    if (!family.observe({ used, during: { from: sent, to }, answer })) {
      const which = `token ${family.texts.indexOf(used) + 1} of ${family.texts.length} of a family`
      violate(`${which} of ${owner.name} was answered ${answer && describeAnswer(answer)}`)
      family.end()
    }
    token.text = family.texts.at(-1) ?? used
    if (answer?.status === 200) addToken(owner, 'access token', JSON.parse(answer.body).access_token, session)
    return { isEnded: family.isEnded, end: answer && { at: answer.received, by: answer.instance } }
  }

  return { rotate, renew }
}
