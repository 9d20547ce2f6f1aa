import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { certificates } from '../../support/certificates.js'
import { temporaryFolder } from '../../support/helper.js'
import { openTestDatabase } from '../../support/postgres-database.js'
import { postgresUser, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

const [own, other] = certificates

t.test('TLS to the database', { skip: skipWithoutPostgres }, async (t) => {
  const folder = temporaryFolder(t)
  chmodSync(folder, 0o755)
  const path = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text, { mode: 0o600 })
    const owner = postgresUser()
    if (owner !== undefined) chownSync(file, owner.uid, owner.gid)
    return file
  }
  const [authority, stranger] = [path('own.pem', own.cert), path('other.pem', other.cert)]
  const server = await startPostgres(t, {
    ssl: 'on',
    ssl_cert_file: authority,
    ssl_key_file: path('key.pem', own.key)
  })
  const plain = server.url()
  const named = plain.replace('127.0.0.1', 'localhost')
  const query = (url: string) =>
    openTestDatabase(t, url).query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
  const unavailable = { name: 'StoreUnavailableError' }

  t.test('verify-full takes the server whose certificate is of the authority, and no other', async (t) => {
    t.same(await query(`${named}?sslmode=verify-full&sslrootcert=${authority}`), [{ ssl: true }])
    t.same(await query(`${named}?sslrootcert=${authority}`), [{ ssl: true }], 'also without sslmode')
    await t.rejects(query(`${named}?sslmode=verify-full&sslrootcert=${stranger}`), unavailable)
    await t.rejects(query(`${named}?sslmode=verify-full`), unavailable, 'it is none of those of Node.js')
  })

  t.test('require encrypts, and asks for no certificate unless there is an authority', async (t) => {
    t.same(await query(`${plain}?sslmode=require`), [{ ssl: true }])
    await t.rejects(query(`${plain}?sslmode=require&sslrootcert=${stranger}`), unavailable)
  })

  t.test('disable, and no parameter, encrypt nothing', async (t) => {
    t.same(await query(`${plain}?sslmode=disable`), [{ ssl: false }])
    t.same(await query(plain), [{ ssl: false }])
  })
})
