import type { SeedUser } from '../accounts/users-file.js'
import type { Lookup } from '../lookup.js'
import type { Store, User } from '../store/store.js'

/** A member that one account alone may have. */
export type UniqueMember = 'email' | 'external_id'

/** An entry of the users file that is to be an account. */
export interface Claim {
  given: SeedUser
  /** Of the account that the entry changes; undefined for one that it makes. */
  uid: string | undefined
}

/** The judgement of all claims of a file together. */
export interface Claims<Claimant extends Claim> {
  /** The claims of a member that another account keeps. */
  refused: Map<Claimant, UniqueMember>
  /** The members that accounts give up to others, by their uid: they must be free before the others take them. */
  givenUp: Map<string, Set<UniqueMember>>
}

interface Wish<Claimant> {
  claim: Claimant
  member: UniqueMember
  /** The account that has it now. */
  holder: string
}

/**
 * Finds out which entries cannot have their e-mail address or external id. An account that another entry is about gives up what that
 * entry says no more, so that two accounts of a file may swap an address; one that keeps its own because its entry is refused
 * gives up nothing. Costs two lookups an entry.
 */
export async function judgeClaims<Claimant extends Claim>(
  store: Store,
  claims: readonly Claimant[]
): Promise<Claims<Claimant>> {
  const finders: Record<UniqueMember, (value: string) => Lookup<User | undefined>> = {
    email: store.findUserByEmail,
    external_id: store.findUserByExternalId
  }
  const wishes: Wish<Claimant>[] = []
  for (const claim of claims) {
    for (const member of ['email', 'external_id'] as const) {
      const value = claim.given[member]
      const holder = value === undefined ? undefined : await finders[member](value)
      if (holder !== undefined && holder.uid !== claim.uid) wishes.push({ claim, member, holder: holder.uid })
    }
  }
  const refused = refusedOf(claims, wishes)
  const givenUp = new Map<string, Set<UniqueMember>>()
  for (const { claim, member, holder } of wishes) {
    if (!refused.has(claim)) givenUp.set(holder, (givenUp.get(holder) ?? new Set()).add(member))
  }
  return { refused, givenUp }
}

function refusedOf<Claimant extends Claim>(
  claims: readonly Claimant[],
  wishes: readonly Wish<Claimant>[]
): Map<Claimant, UniqueMember> {
  const refused = new Map<Claimant, UniqueMember>()
  const moving = new Set(claims.map(({ uid }) => uid))
  // An entry that is refused keeps what another may wish: again, until nobody else is refused.
  for (let former = -1; former !== refused.size; ) {
    former = refused.size
    for (const { claim, member, holder } of wishes) {
      if (refused.has(claim) || moving.has(holder)) continue
      refused.set(claim, member)
      moving.delete(claim.uid)
    }
  }
  return refused
}
