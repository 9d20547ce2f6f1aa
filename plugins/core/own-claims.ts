import fp from 'fastify-plugin'
import type { ServiceOptions } from '../../src/app-options.js'
import { newlyReservedClaims } from '../../src/tokens/claims.js'

// A line of a log is to be read.
const maxNames = 10

/** Tells of accounts that have claims of their own by names that Postern makes since, so that nobody mistakes them. */
export default fp<ServiceOptions>(
  async (app, { fixture, isOffline }) => {
    // The accounts of a fixture are all made by this release. A command tells of what it is about, and looks at no other account.
    if (fixture !== undefined || isOffline) return
    const users = await app.store.findUsersWithClaims(newlyReservedClaims, maxNames + 1)
    if (users.length === 0) return
    const names = users.flatMap(({ claims = {} }) => Object.keys(claims))
    app.log.warn(
      {
        claims: [...newlyReservedClaims].filter((name) => names.includes(name)),
        users: users.slice(0, maxNames).map(({ name }) => name),
        ...(users.length > maxNames && { more: true })
      },
      'accounts have claims of their own that Postern makes now: give them the members in their place'
    )
  },
  { name: 'own-claims', dependencies: ['store'] }
)
