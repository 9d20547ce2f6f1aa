import { existsSync } from 'node:fs'
import t from 'tap'
import { send, startService, temporaryFolder } from '../support/helper.js'
import { run, serve } from '../support/process.js'
import { commandOnTerminal, noTerminal, screen, shown } from '../support/terminal.js'

const withoutTextBrowser = existsSync('/usr/bin/w3m') ? noTerminal : 'needs w3m'

const next = '\t'
const enter = '\r'

t.test(
  'a text browser, which sends no header that tells where a form is from, signs in and out',
  { skip: withoutTextBrowser },
  async (t) => {
    const { app } = await startService(t)
    await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const posts: object[] = []
    app.server.on('request', ({ method, headers }) => {
      if (method === 'POST') posts.push({ origin: headers.origin, site: headers['sec-fetch-site'] })
    })
    const HOME = temporaryFolder(t)
    const browser = commandOnTerminal(
      t,
      ['w3m', '-cookie', `${url}/account`],
      { HOME, LINES: '40', COLUMNS: '100' },
      HOME
    )
    const press = async (keys: string, text: string | RegExp) => {
      browser.stdout = ''
      browser.child.stdin.write(keys)
      await shown(browser, text)
    }

    await shown(browser, 'Viewing <Sign in')
    // The links before the form lead to the content, and home.
    await press(next + next + enter, 'TEXT')
    await press(`alice${enter}`, 'alice')
    await press(next + enter, 'Password:')
    await press(`wonderland${enter}`, '[*]{3}')
    await press(next + enter, 'Viewing <Your account')
    t.match(screen(browser), 'alice')
    // To the content, home, the account; then the button.
    await press(next + next + next + enter, 'Viewing <Sign in')
    t.notMatch(screen(browser), 'alice')
    t.same(posts, [
      { origin: undefined, site: undefined },
      { origin: undefined, site: undefined }
    ])
  }
)

t.test(
  'a text browser shows each page without an account from its heading to its last link',
  { skip: withoutTextBrowser },
  async (t) => {
    const url = await serve(t, temporaryFolder(t)).url()
    const HOME = temporaryFolder(t)
    for (const [path, heading] of Object.entries({
      '/sign-in': 'Anmelden',
      '/account/unknown': 'Diese Seite gibt es nicht'
    })) {
      const { stdout } = run(['w3m', '-dump', `${url}${path}?ui_locales=de`], HOME, { HOME, LANG: 'C.UTF-8' })
      t.match(stdout, heading)
      t.match(stdout, 'Español')
    }
  }
)
