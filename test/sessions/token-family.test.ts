import t from 'tap'
import { createFamily, useFamily } from '../../src/sessions/token-family.js'

const now = 1_900_000_000
const grace = 10
const phone = { address: '192.0.2.1', userAgent: 'phone' }

/** A family whose first token was used by the phone just now, and what another use then leads to. */
function createUsedFamily() {
  const first = createFamily(now - 60)
  const used = useFamily(first, { jti: first.jti, requester: phone, now, grace })
  if (used.kind !== 'renewed') throw new Error(used.kind)
  const use = (jti: string, requester = phone, seconds = 1) =>
    useFamily(used.family, { jti, requester, now: now + seconds, grace })
  return { first, family: used.family, use }
}

t.test('the present token renews its family, and is the previous one then', (t) => {
  const { first, family } = createUsedFamily()
  t.match(family, { iat: now, previousJti: first.jti, ...phone })
  t.not(family.jti, first.jti)
  t.end()
})

t.test('within the grace the previous token is repeated once, from the same network and user agent', (t) => {
  const { first, family, use } = createUsedFamily()
  const repeated = use(first.jti, { ...phone, address: '192.0.2.200' })
  t.same(repeated, { kind: 'repeated', family: { ...family, isRepeated: true } })
  t.equal(use(first.jti, { ...phone, address: '198.51.100.1' }).kind, 'refused')
  t.equal(use(first.jti, { ...phone, userAgent: 'thief' }).kind, 'refused')
  const again = { jti: first.jti, requester: phone, now: now + 2, grace }
  t.equal(useFamily({ ...family, isRepeated: true }, again).kind, 'refused')
  t.end()
})

t.test(
  'after the grace, and with any older token, it is a reuse; so it is when the clock was set back',
  (t) => {
    const { first, use } = createUsedFamily()
    t.equal(use(first.jti, phone, grace - 1).kind, 'repeated')
    t.equal(use(first.jti, phone, grace).kind, 'reused')
    t.equal(use(first.jti, phone, -grace).kind, 'reused')
    t.equal(use('f'.repeat(32)).kind, 'reused')
    t.end()
  }
)
