import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { Program } from './program.js'

/** From spawn to the first reply of 200, in milliseconds. Not by `fetch`, whose own first call takes longer than others. */
export async function untilFirstReply({ url, startedAt }: Program, path = '/version'): Promise<number> {
  const [response] = (await once(get(url + path, { agent: false }), 'response')) as [IncomingMessage]
  await once(response.resume(), 'end')
  const milliseconds = performance.now() - startedAt
  if (response.statusCode !== 200) throw new Error(`${url}${path} answers ${response.statusCode}`)
  return milliseconds
}
