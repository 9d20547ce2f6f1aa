import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, type Program, serve } from '../support/process.js'

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
