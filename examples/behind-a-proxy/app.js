// An application behind a proxy that asks Postern about each request. It trusts the assertion alone: who reaches it without the proxy can
// send any other header. SITE=https://wiki.example.org node app.js http://127.0.0.1:3000
import { createServer } from 'node:http'
import { createVerifier, PosternUnreachableError, TokenRefusedError } from 'postern/verify'

const verifier = createVerifier({
  url: process.argv[2] ?? 'http://127.0.0.1:3000',
  mode: 'assertion',
  // Under which people know this application. An assertion for another site is refused.
  audience: process.env.SITE ?? 'http://localhost:4000'
})

const server = createServer(async (request, response) => {
  try {
    // Sent twice it is joined by a comma, and refused.
    const { user, groups } = await verifier.verify(String(request.headers['x-postern-assertion'] ?? ''))
    answer(response, 200, `Hello, ${user}. Your groups: ${groups.join(', ') || 'none'}.`)
  } catch (error) {
    if (error instanceof TokenRefusedError) answer(response, 401, 'Come through the proxy, and sign in.')
    else if (error instanceof PosternUnreachableError) answer(response, 503, 'Try again soon.')
    else throw error
  }
})

function answer(response, status, text) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

server.listen(Number(process.env.PORT ?? 4000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
