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

/** The same for a program that is stopped again. */
export async function timeStart(starting: Promise<Program>, path?: string): Promise<number> {
  const program = await starting
  const milliseconds = await untilFirstReply(program, path)
  await program.stop()
  return milliseconds
}
