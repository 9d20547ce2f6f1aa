import { readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { certificates } from '../support/certificates.js'
import { temporaryFolder } from '../support/helper.js'
import { call, type Program, serve, until } from '../support/process.js'

t.test(
  'who sends nothing, or stops in the middle of a request, is told 408, or cut off at the end',
  async (t) => {
    const hang = async (program: Program) => {
      const { port, hostname } = new URL(await program.url())
      const answers = [
        '',
        'GET /version HTTP/1.1\r\nHost: x\r\n',
        'POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"us'
      ].map((beginning) => {
        const socket = connect(Number(port), hostname)
        socket.write(beginning)
        return text(socket)
      })
      t.equal((await call(`http://${hostname}:${port}/version`, 'GET', {})).status, 200)
      return answers
    }
    const running = serve(t, temporaryFolder(t))
    const ending = serve(t, temporaryFolder(t))
    const [answers, cut] = await Promise.all([hang(running), hang(ending)])
    ending.child.kill('SIGTERM')
    t.equal(await ending.exit, 0)
    await Promise.allSettled(cut)
    for (const answer of await Promise.all(answers)) {
      t.match(answer, /^HTTP\/1\.1 408 /)
      t.match(answer, '"error_name":"RequestTimeoutError"')
    }
  }
)

t.test(
  'over TLS, too, who sends nothing, or half a handshake, is cut off, and leaves nothing behind',
  async (t) => {
    const folder = temporaryFolder(t)
    const [{ cert, key }] = certificates
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
    const program = serve(t, folder, {
      POSTERN_TLS_CERT_FILE: join(folder, 'cert.pem'),
      POSTERN_TLS_KEY_FILE: join(folder, 'key.pem')
    })
    const { port, hostname } = new URL(await program.url())
    const descriptors = () => readdirSync(`/proc/${program.child.pid}/fd`).length
    const atRest = descriptors()
    const hang = (beginning: Uint8Array) => {
      const socket = connect({ port: Number(port), host: hostname })
      socket.write(beginning)
      return text(socket)
    }
    const beginnings = [new Uint8Array(), new Uint8Array([0x16, 0x03, 0x01])]
    const cut = Array.from({ length: 20 }, (_, index) => hang(beginnings[index % 2] ?? new Uint8Array()))
    await until(() => descriptors() >= atRest + 20)
    await Promise.allSettled(cut)
    await until(() => descriptors() <= atRest)
    t.pass('it has closed them, too')

    const ended = beginnings.map(hang)
    await until(() => descriptors() >= atRest + 2)
    program.child.kill('SIGTERM')
    t.equal(await program.exit, 0)
    await Promise.allSettled(ended)
  }
)
