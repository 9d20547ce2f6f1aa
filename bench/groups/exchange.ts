// `GET /token` by refresh token, against the signatures it is made of.
import { generateSigningKey, openAccount, refresh } from '../load/account.js'
import { compareFully, measureTail } from '../report/comparison.js'
import type { Row } from '../report/row.js'
import { built } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

export async function measureExchange(workplace: Workplace): Promise<Row[]> {
  const environment = { POSTERN_SIGNING_KEY: generateSigningKey() }
  const ours = await workplace.startPostern({ environment })
  const theirs = await workplace.start({
    args: [built('bench/programs/bare-exchange.js')],
    environment,
    place: 'server'
  })
  const { refreshToken } = await openAccount(ours)
  const competitors = { ours, theirs, requests: [refresh(refreshToken)] }
  const name = 'GET /token by refresh token'
  const { row, requestsPerSecond } = await compareFully(name, { atLeast: 0.8 }, competitors)
  return [row, await measureTail(name, competitors, requestsPerSecond)]
}
