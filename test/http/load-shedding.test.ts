import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { holdEventLoop, maxDelay } from '../support/held-event-loop.js'
import { startService } from '../support/helper.js'

t.test(
  'while the event loop is held up, calls are told 503, but for those that watch the service, or read its feed',
  async (t) => {
    const { app } = await startService(t, {
      POSTERN_MAX_EVENT_LOOP_DELAY: maxDelay,
      POSTERN_METRICS: 'true',
      POSTERN_OAUTH_CLIENTS: 'shop:a-secret-of-the-shop'
    })
    const { app: patient } = await startService(t, { POSTERN_MAX_EVENT_LOOP_DELAY: '0' })
    const isShed = async () => (await app.inject('/version')).statusCode === 503
    // The start itself may have held it up.
    while (await isShed()) await after(20)
    t.pass('no call is refused before')

    await holdEventLoop()
    const reply = await app.inject('/version')
    t.match(reply, { statusCode: 503, headers: { 'retry-after': '1', 'cache-control': 'no-store' } })
    t.match(reply.json(), {
      error_name: 'ServerBusyError',
      message: 'The service is overloaded; try again soon.'
    })
    for (const url of ['/health/live', '/health/ready', '/metrics']) {
      t.equal((await app.inject(url)).statusCode, 200, url)
    }
    t.equal((await patient.inject('/version')).statusCode, 200, 'with 0 nothing is refused for it')
    const headers = { authorization: `Basic ${btoa('shop:a-secret-of-the-shop')}` }
    t.equal((await app.inject({ url: '/revocations', headers })).statusCode, 200)

    while (await isShed()) await after(20)
    t.pass('it recovers by itself')
  }
)
