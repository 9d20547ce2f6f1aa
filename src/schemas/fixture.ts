import { type Static, Type } from 'typebox'
import { ExtraClaims } from '../accounts/users-file.js'
import { presets } from '../fixture-tokens.js'

// What JavaScript's dates can hold, in seconds.
const maxTime = 8_640_000_000_000

const Claims = Type.Record(Type.String(), Type.Unknown())

/** What a user of a fixture is to be like. */
export const FixtureUserRequest = Type.Object({
  pass: Type.Optional(Type.String({ minLength: 1 })),
  claims: Type.Optional(ExtraClaims),
  active: Type.Optional(Type.Boolean())
})
export type FixtureUserRequest = Static<typeof FixtureUserRequest>

/** What a token of a fixture is to be like. */
export const FixtureTokenRequest = Type.Object({
  user: Type.String({ minLength: 1 }),
  token_type: Type.Optional(Type.Union([Type.Literal('access_token'), Type.Literal('refresh_token')])),
  authentication_method: Type.Optional(Type.Union([Type.Literal('password'), Type.Literal('refresh_token')])),
  claims: Type.Optional(Claims),
  expires_in: Type.Optional(Type.Integer({ minimum: -maxTime, maximum: maxTime })),
  preset: Type.Optional(Type.Enum([...presets]))
})
export type FixtureTokenRequest = Static<typeof FixtureTokenRequest>

/** How a fixture's clock is to stand; done in this order. */
export const ClockSetting = Type.Object({
  now: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: maxTime }), Type.String()])),
  advance: Type.Optional(Type.Number({ minimum: -maxTime, maximum: maxTime })),
  frozen: Type.Optional(Type.Boolean())
})
export type ClockSetting = Static<typeof ClockSetting>

/** What a route is to do in the place of its work. */
export const FaultRequest = Type.Object({
  route: Type.String({ pattern: '^[A-Z]+ /\\S*$' }),
  times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
  delay: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
  drop: Type.Optional(Type.Boolean())
})
export type FaultRequest = Static<typeof FaultRequest>
