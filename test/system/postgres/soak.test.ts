import t from 'tap'
import { isInstalled } from '../../support/nginx.js'
import { skipWithoutPostgres } from '../../support/postgres-server.js'
import { soakPostgres } from '../../support/postgres-soak.js'

// In milliseconds.
const duration = 40_000
const recoveryBound = 2000

// Three instances, each with a pool of 10 and one connection that listens.
const maxConnections = 33

const skip = skipWithoutPostgres || (!isInstalled('nginx') && 'nginx is not installed')
t.test('what was acknowledged holds on three instances, whatever happens to them', { skip }, async (t) => {
  const result = await soakPostgres(t, duration)
  const { violations, refused, ended, connections, recoveries, ...counts } = result
  t.comment(JSON.stringify({ ...counts, recoveries }))
  t.same(violations, [])
  t.same(refused, [], 'what needs no database is always there')
  t.equal(ended, 0)
  t.ok(connections <= maxConnections, `${connections} connections`)
  t.ok(Math.max(...Object.values(recoveries).flat()) <= recoveryBound)
  t.ok(Object.keys(recoveries).length >= 5)
  t.ok(counts.unavailable > 0)
})
