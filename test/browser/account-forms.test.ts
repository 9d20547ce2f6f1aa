import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

const folder = join(process.cwd(), 'routes', 'pages')

/** Each form of the account, as its route names it. */
const forms = readdirSync(folder)
  .filter((name) => name.startsWith('account'))
  .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/app\.post\(\s*'([^']+)'/g)])
  .map(([, path = '']) => path)

const foreign: Record<string, Record<string, string>> = {
  'another site': { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  'a sibling host': { 'sec-fetch-site': 'same-site' },
  'a sandboxed frame': { 'sec-fetch-site': 'cross-site', origin: 'null' },
  'an old browser on another site': { origin: 'https://evil.example' },
  'a sandboxed frame of an old browser': { origin: 'null' },
  'nowhere that it tells': {}
}

t.test('no form of the account is taken from elsewhere, or without its token', async (t) => {
  t.ok(forms.length >= 6, forms.join(' '))
  const { app } = await startService(t)
  await signUp(app)
  await signUp(app, 'mallory', 'wonderland')
  const [visitor, mallory] = [createVisitor(app), createVisitor(app)]
  await visitor.signIn()
  await mallory.signIn('mallory')
  const tokenOf = async (of: typeof visitor) =>
    /name="form_token" value="([^"]+)"/.exec((await of.get('/account/name')).body)?.[1] ?? 'none'
  const [ours, theirs] = [await tokenOf(visitor), await tokenOf(mallory)]
  const fields = { current_pass: 'wonderland', pass: 'looking-glass', display_name: 'Eve', otp: '1' }
  for (const path of forms) {
    for (const [origin, headers] of Object.entries(foreign)) {
      const reply = await visitor.post(path, fields, headers)
      t.equal(reply.statusCode, 403, `${path} from ${origin}`)
      t.match(reply.body, 'sent by another site', `${path} from ${origin}`)
    }
    const reply = await visitor.post(path, { ...fields, form_token: theirs }, {})
    t.match(reply.body, 'sent by another site', `${path} with the token of another browser`)
  }
  const { body } = await visitor.get('/account')
  t.notMatch(body, 'Eve')
  const taken = await visitor.post('/account/name', { display_name: 'Alice L.', form_token: ours }, {})
  t.equal(taken.statusCode, 303, 'a text browser sends the token')
})

t.test('no form of the account is taken from somebody who is not signed in', async (t) => {
  const { app } = await startService(t)
  const visitor = createVisitor(app)
  for (const path of forms) {
    const reply = await visitor.post(path, { current_pass: 'wonderland' })
    t.equal(reply.statusCode, 303, path)
    t.match(reply.headers.location, /^\/sign-in\?.*return_to=%2Faccount/, path)
  }
})

t.test('the address of a form that was sent, opened once more, shows a page', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  for (const path of forms) {
    const reply = await visitor.get(path)
    const page = reply.statusCode === 303 ? await visitor.get(reply.headers.location ?? '') : reply
    t.equal(page.statusCode, 200, path)
  }
})
