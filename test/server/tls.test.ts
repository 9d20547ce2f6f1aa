import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { loadTls } from '../../src/server/tls.js'
import { certificates } from '../support/certificates.js'
import { temporaryFolder } from '../support/helper.js'
import { Program, serve } from '../support/process.js'

function createFiles(t: Test) {
  const folder = temporaryFolder(t)
  const settings = {
    POSTERN_TLS_CERT_FILE: join(folder, 'cert.pem'),
    POSTERN_TLS_KEY_FILE: join(folder, 'key.pem')
  }
  const write = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(settings.POSTERN_TLS_CERT_FILE, cert)
    writeFileSync(settings.POSTERN_TLS_KEY_FILE, key)
  }
  return { folder, settings, write }
}

/** Asks for the version over TLS; gives the answer and the certificate that was shown. */
async function ask(url: string) {
  const { hostname, port } = new URL(url)
  const ca = certificates.map(({ cert }) => cert)
  const socket = connect({ host: hostname, port: Number(port), ca, servername: 'localhost' })
  await once(socket, 'secureConnect')
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256
  socket.end('GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  let answer = ''
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk
  return { answer, fingerprint }
}

const fingerprints = certificates.map(({ cert }) => new X509Certificate(cert).fingerprint256)

t.test(
  'with a certificate it serves HTTPS, takes a new one up on SIGHUP, and keeps the old if it cannot',
  async (t) => {
    const { folder, settings, write } = createFiles(t)
    write(certificates[0])
    const program = serve(t, folder, settings)
    const url = await program.url()
    t.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
    const first = await ask(url)
    t.match(first.answer, /^HTTP\/1\.1 200 OK\r\n.*"version"/s)
    t.match(first.answer, /\r\nstrict-transport-security: max-age=31536000\r\n/)
    t.equal(first.fingerprint, fingerprints[0])

    write({ cert: certificates[1].cert, key: certificates[0].key })
    program.child.kill('SIGHUP')
    await program.logged('could not be read again')
    t.equal((await ask(url)).fingerprint, fingerprints[0])

    write(certificates[1])
    program.child.kill('SIGHUP')
    await program.logged('was read again')
    t.equal((await ask(url)).fingerprint, fingerprints[1])

    const { port } = new URL(url)
    const health = new Program(t, ['health'], { ...settings, POSTERN_PORT: port }, folder)
    t.equal(await health.exit, 0)
    program.child.kill('SIGTERM')
    t.equal(await program.exit, 0)
  }
)

t.test('L7: TLS 1.2 has forward secrecy and no CBC, also after the certificate was read again', async (t) => {
  const { folder, settings, write } = createFiles(t)
  write(certificates[0])
  const program = serve(t, folder, settings)
  const { hostname, port } = new URL(await program.url())
  const spoken = async (options: { ciphers?: string; maxVersion: 'TLSv1.2' | 'TLSv1.3' }) => {
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ...options })
    const outcome = await once(socket, 'secureConnect').then(
      () => `${socket.getProtocol()} ${socket.getCipher().name}`,
      () => 'refused'
    )
    socket.destroy()
    return outcome
  }
  const old = 'ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA'
  for (const isReloaded of [false, true]) {
    if (isReloaded) {
      program.child.kill('SIGHUP')
      await program.logged('was read again')
    }
    t.match(await spoken({ maxVersion: 'TLSv1.3' }), /^TLSv1\.3 /)
    t.match(await spoken({ maxVersion: 'TLSv1.2' }), /^TLSv1\.2 ECDHE-.*(GCM|CHACHA20)/)
    t.equal(await spoken({ maxVersion: 'TLSv1.2', ciphers: old }), 'refused')
    t.equal(
      await spoken({ maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES256-SHA:AES128-SHA' }),
      'refused'
    )
  }
})

t.test('a certificate without its key, or files that do not hold them, stop the start', (t) => {
  const { settings, write } = createFiles(t)
  const expected = { name: 'StartupError', exitCode: 2 }
  for (const name of ['POSTERN_TLS_CERT_FILE', 'POSTERN_TLS_KEY_FILE'] as const) {
    t.throws(() => loadConfig({ [name]: settings[name] }), { ...expected, message: /take both, or none/ })
  }
  const load = () => loadTls(loadConfig(settings))
  t.throws(load, { ...expected, message: 'POSTERN_TLS_CERT_FILE cannot be read (ENOENT)' })
  for (const files of [
    { cert: certificates[0].cert, key: certificates[1].key },
    { cert: 'x', key: certificates[0].key },
    { cert: certificates[0].cert, key: 'x' },
    { cert: '', key: '' }
  ]) {
    write(files)
    t.throws(load, { ...expected, message: /take a PEM certificate and its own private key$/ })
  }
  write(certificates[0])
  t.ok(load())
  t.end()
})
