import t from 'tap'
import { createNetworks } from '../../src/networks.js'
import { firebasePhc, parseDerivedHash } from '../../src/passwords/derived-hash.js'
import { isImportableHash, isUsableHash } from '../../src/passwords/hash-formats.js'
import { createPasswords } from '../../src/passwords/passwords.js'
import { signIn, startService } from '../support/helper.js'

const passwords = createPasswords({
  memoryKib: 8,
  iterations: 1,
  minLength: 1,
  concurrency: { maxRunning: 2, maxQueued: 32, maxWait: 2000 },
  networks: createNetworks()
})

const bytes = (text: string, encoding: BufferEncoding = 'base64') => Buffer.from(text, encoding)
const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')

// The project and the account of the README of Firebase's own implementation.
const firebase = {
  signerKey: bytes(
    'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=='
  ),
  saltSeparator: bytes('Bw=='),
  memoryCost: 14,
  rounds: 8,
  salt: bytes('42xEC+ixf3L2lw=='),
  tag: bytes('lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==')
}

const rfc7914 = bytes(
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
  'hex'
)
const longSha512 = bytes(
  'ACCDCD8798AE5CD85804739015EF2A11E32591B7B7D16F76819B30B0D49D80E1ABEA6C9822B80A1FDFE421E26F5603ECA8A47A64C9A004FB5AF8229F762FF41F',
  'hex'
)
const passlib = '$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk'

const published = {
  'PBKDF2 as passlib writes it': ['toomanysecrets', passlib],
  'PBKDF2 as a PHC string': [
    'toomanysecrets',
    passlib.replace('$29000$', '$i=29000,l=32$').replaceAll('.', '+')
  ],
  'PBKDF2 with SHA-512': [
    'passDATAb00AB7YxDTT',
    `$pbkdf2-sha512$i=100000,l=64$${base64(bytes('saltKEYbcTcXHCBxtjD', 'utf8'))}$${base64(longSha512)}`
  ],
  'scrypt as passlib writes it': [
    'password',
    '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'
  ],
  'scrypt of RFC 7914': [
    'pleaseletmein',
    `$scrypt$ln=14,r=8,p=1$${base64(bytes('SodiumChloride', 'utf8'))}$${base64(rfc7914)}`
  ],
  "Firebase's scrypt": ['user1password', firebasePhc(firebase)]
} as const

for (const [name, [password, hash]] of Object.entries(published)) {
  t.test(`the published hash of ${name} is that of its password, and of no other`, async (t) => {
    t.ok(isImportableHash(hash))
    t.equal(await passwords.verify(hash, password), true)
    t.equal(await passwords.verify(hash, `${password}x`), false)
    t.equal(await passwords.verify(hash, ''.padEnd(password.length, 'x')), false)
    t.ok(passwords.needsRehash(hash))
  })
}

t.test('a derived hash is refused beyond each of its bounds, and taken at them', (t) => {
  const salt = 'c2FsdHNhbHQ'
  const tag = 'A'.repeat(43)
  const within = [
    `$pbkdf2-sha256$i=2000000,l=32$${salt}$${tag}`,
    `$pbkdf2-sha512$2000000$${salt}$${tag}`,
    `$scrypt$ln=17,r=8,p=4$${salt}$${tag}`,
    `$firebase-scrypt$ln=17,r=8,sk=${tag}$${salt}$${tag}`
  ]
  for (const hash of within) t.ok(isUsableHash(hash) && isImportableHash(hash), hash)
  const beyond = [
    `$pbkdf2-sha256$i=2000001,l=32$${salt}$${tag}`,
    `$pbkdf2-sha256$i=0$${salt}$${tag}`,
    `$pbkdf2-sha256$i=1000,l=31$${salt}$${tag}`,
    `$pbkdf2-sha1$i=1000$${salt}$${tag}`,
    `$pbkdf2-sha256$1000$c2FsdA$${tag}`,
    `$pbkdf2-sha256$1000$${salt}$AAAA`,
    `$pbkdf2-sha256$1000$${salt}$${'A'.repeat(90)}`,
    `$pbkdf2-sha256$1000$${salt}$${tag}\n`,
    `$scrypt$ln=18,r=8,p=1$${salt}$${tag}`,
    `$scrypt$ln=17,r=9,p=1$${salt}$${tag}`,
    `$scrypt$ln=17,r=8,p=5$${salt}$${tag}`,
    `$scrypt$ln=0,r=8,p=1$${salt}$${tag}`,
    `$firebase-scrypt$ln=18,r=8,sk=${tag}$${salt}$${tag}`,
    `$firebase-scrypt$ln=14,r=8,sk=${tag}AA$${salt}$${tag}`
  ]
  for (const hash of beyond) t.notOk(isUsableHash(hash) || parseDerivedHash(hash), hash)
  t.end()
})

t.test(
  'an import takes argon2 and bcrypt within its bounds, which are narrower than those of kept hashes',
  (t) => {
    const argon2 = (parameters: string) => `$argon2id$v=19$${parameters}$c2FsdHNhbHQ$${'A'.repeat(43)}`
    t.ok(isImportableHash(argon2('m=262144,t=10,p=4')))
    for (const parameters of ['m=262145,t=10,p=4', 'm=262144,t=11,p=4', 'm=262144,t=10,p=5']) {
      t.ok(isUsableHash(argon2(parameters)))
      t.notOk(isImportableHash(argon2(parameters)), parameters)
    }
    t.ok(isImportableHash(`$2y$14$${'a'.repeat(53)}`))
    t.notOk(isImportableHash(`$2y$15$${'a'.repeat(53)}`))
    t.end()
  }
)

t.test('one foreign hash is verified at a time, and takes no place from others while it waits', async (t) => {
  const [, foreign] = published['PBKDF2 as passlib writes it']
  const own = await passwords.hash('wonderland')
  const begun: string[] = []
  let end = () => {}
  const verify = (name: string, hash: string, wait?: Promise<void>) =>
    passwords.verify(hash, 'x', async () => {
      begun.push(name)
      await wait
      return true
    })
  const first = verify(
    'first',
    foreign,
    new Promise((resolve) => {
      end = resolve
    })
  )
  const second = verify('second', foreign)
  await verify('own', own)
  t.same(begun, ['first', 'own'])
  t.same(passwords.load, { running: 1, waiting: 1 })
  end()
  await Promise.all([first, second])
  t.same(begun, ['first', 'own', 'second'])
  t.same(passwords.load, { running: 0, waiting: 0 })
})

t.test('the first login renews a derived hash as ours', async (t) => {
  const { app } = await startService(t, { POSTERN_REGISTRATION: 'open' })
  const [pass, hash] = published['scrypt as passlib writes it']
  await app.store.createUser({
    uid: '0'.repeat(32),
    name: 'alice',
    state: 'active',
    gen: 0,
    createdAt: 0,
    hash
  })
  t.match(await signIn(app, 'alice', pass), /^ey/)
  t.match((await app.store.findUserByName('alice'))?.hash, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
  t.match(await signIn(app, 'alice', pass), /^ey/)
})
