import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { openBrowser, withoutBrowser } from '../../support/browser.js'
import {
  fillIn,
  laterCode,
  open,
  pathOf,
  setUpFactorOn,
  signInOn,
  submit
} from '../../support/page-visitor.js'
import { databaseSettings } from '../../support/postgres-instances.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { startOnDatabase } from '../../support/postgres-service.js'

/** A load balancer that hands each request to the next one of its targets. */
async function startBalancer(t: Test) {
  const targets: string[] = []
  let handled = 0
  const server = createServer((incoming, response) => {
    const { url, method, headers } = incoming
    const target = targets[handled % targets.length]
    handled += 1
    const outgoing = request(`${target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  })
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets }
}

t.test(
  'the requests of a browser may go to another instance each time',
  { skip: skipWithoutPostgres || withoutBrowser },
  async (t) => {
    const postgres = await startPostgres(t)
    const { url, targets } = await startBalancer(t)
    const settings = {
      ...databaseSettings(await postgres.createDatabase('pages')),
      POSTERN_PUBLIC_URL: url,
      POSTERN_PAGES: 'on'
    }
    for (let instance = 0; instance < 3; instance += 1) {
      const { app } = await startOnDatabase(t, settings)
      targets.push(await app.listen({ port: 0, host: '127.0.0.1' }))
    }
    const page = await (await openBrowser(t)).newPage()
    await open(page, url, '/sign-up')
    await fillIn(page, { username: 'alice', 'new-password': 'wonderland' })
    await submit(page, '/sign-up')
    t.equal(pathOf(page), '/account')
    const secret = await setUpFactorOn(page, url)
    t.equal(await page.locator('.codes li').count(), 10)
    await submit(page, '/sign-out')
    for (const _ of targets) {
      await open(page, url, '/account')
      t.equal(pathOf(page), '/sign-in', 'a sign-out is one for all instances')
    }
    await signInOn(page, url)
    await fillIn(page, { 'one-time-code': laterCode(secret) })
    await submit(page, '/sign-in/code')
    for (const _ of targets) {
      await open(page, url, '/account')
      t.equal(pathOf(page), '/account')
    }
  }
)
