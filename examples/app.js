// A service as yours may be: people sign in by a form and a session cookie, programs by an access token. Who somebody is, it
// asks Postern. The other examples test it. Alone: `npx postern serve` in another terminal, and `node app.js http://127.0.0.1:3000`.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** Starts it on a free port, with users of the Postern at this address; gives its server and its own address. */
export async function startApp(posternUrl) {
  // A browser is given an id, not the token: no script on a page can carry off what other services take.
  const sessions = new Map()

  const server = createServer(async (request, response) => {
    try {
      await handle(request, response)
    } catch {
      response.writeHead(502).end('The sign-in service cannot be reached.')
    }
  })

  async function handle(request, response) {
    const session = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
    switch (`${request.method} ${request.url}`) {
      case 'GET /me': {
        const user = await userOf(request.headers.authorization?.replace(/^Bearer /, ''))
        response.writeHead(user === undefined ? 401 : 200, { 'content-type': 'application/json' })
        return response.end(JSON.stringify(user ? { user: user.user } : { error: 'not signed in' }))
      }
      case 'GET /': {
        const user = await userOf(sessions.get(session))
        if (user === undefined) return redirect(response, '/login')
        return page(response, 200, `<h1>Hello, ${escapeHtml(user.user)}</h1>`)
      }
      case 'GET /login':
        return page(response, 200, form)
      case 'POST /login': {
        const { user = '', password = '' } = Object.fromEntries(new URLSearchParams(await text(request)))
        const token = await signIn(user, password)
        if (token === undefined)
          return page(response, 403, `<p role="alert">Wrong name or password.</p>${form}`)
        const id = randomUUID()
        sessions.set(id, token)
        return redirect(response, '/', { 'set-cookie': `session=${id}; HttpOnly; SameSite=Lax; Path=/` })
      }
      default:
        return page(response, 404, '<h1>Not found</h1>')
    }
  }

  /** An access token for a name and its password, if they are right. */
  async function signIn(username, password) {
    const response = await fetch(`${posternUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username, password })
    })
    if (response.status === 400) return undefined
    if (!response.ok) throw new Error(`Postern answers ${response.status}`)
    return (await response.json()).access_token
  }

  /** The payload of this access token, if it is good now; Postern answers 204 for one that is not. */
  async function userOf(token) {
    if (token === undefined) return undefined
    const response = await fetch(`${posternUrl}/user`, { headers: { authorization: `Bearer ${token}` } })
    if (!response.ok) throw new Error(`Postern answers ${response.status}`)
    return response.status === 200 ? await response.json() : undefined
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

const form = `<form method="post" action="/login">
  <label>Name <input name="user"></label>
  <label>Password <input name="password" type="password"></label>
  <button>Sign in</button>
</form>`

function page(response, status, body) {
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  response.writeHead(status, headers).end(`<!doctype html><title>Sample</title>${body}`)
}

function redirect(response, location, headers = {}) {
  response.writeHead(303, { location, ...headers }).end()
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startApp(process.argv[2] ?? 'http://127.0.0.1:3000')
  console.log(url)
}
