import { once } from 'node:events'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { createAdminClient } from '../../src/cli/admin-client.js'
import type { AdminCommand } from '../../src/cli/admin-command.js'
import type { Flags } from '../../src/cli/command-options.js'
import type { Output } from '../../src/cli/output.js'
import type { Answer, SentCall } from '../../src/cli/transport.js'

/** What a call is answered. */
export interface FakeAnswer {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

/** Answers a call of a fake service; its body is parsed. */
export type Answerer = (call: {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string | string[] | undefined>
  body: unknown
}) => FakeAnswer | undefined

/** A refusal as Postern sends it. */
export function refused(status: number, name: string, message = 'No.'): FakeAnswer {
  return { status, body: { statusCode: status, error: 'x', error_name: name, message } }
}

/** Runs a command against answers that are made up; gives its text and the calls that it has made. */
export async function runOnFake(
  command: AdminCommand,
  call: { operands?: string[]; flags?: Flags; output?: Output },
  answerer: Answerer
) {
  const calls: { method: string; path: string; body?: unknown; headers: SentCall['headers'] }[] = []
  async function send({ method, path, headers, body }: SentCall): Promise<Answer> {
    calls.push({ method, path, headers, ...(body !== undefined && { body: parsed(body, headers) }) })
    return answerOf(answerer, { method, path, headers, body })
  }
  async function open(call: SentCall) {
    const answer = await send(call)
    return { ...answer, body: Readable.from([Buffer.from(answer.body)]) }
  }
  const client = createAdminClient(
    async () => ({ where: '/srv/data', withoutCalls: 'none', close: async () => {}, send, open }),
    'userRefused'
  )
  const { operands = [], flags = {}, output = { format: 'tabbed' } } = call
  const printed = await command(client, { operands, flags, output, minPasswordLength: 1 })
  if (typeof printed === 'string') return { printed, calls }
  const pieces: string[] = []
  for await (const piece of printed) pieces.push(Buffer.from(piece).toString())
  return { printed: pieces.join(''), pieces, calls }
}

/** An HTTP server that stands for a service, on a Unix socket or a port; gives the calls that it has got. */
export async function listenAsFake(t: Test, at: string | number, answerer: Answerer) {
  const calls: { method: string; path: string; headers: Record<string, unknown>; body: string }[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const body = await text(request)
    calls.push({ method, path: url, headers, body })
    const answer = answerOf(answerer, { method, path: url, headers, ...(body !== '' && { body }) })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  if (typeof at === 'number') server.listen(at, '127.0.0.1')
  else server.listen(at)
  await once(server, 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return { calls, server }
}

function answerOf(
  answerer: Answerer,
  {
    method,
    path,
    headers,
    body
  }: { method: string; path: string; headers: object; body?: string | undefined }
): Answer {
  const { pathname, searchParams } = new URL(path, 'http://x')
  const {
    status = 200,
    headers: given = {},
    body: answered
  } = answerer({
    method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { ...headers },
    body: body === undefined ? undefined : parsed(body, headers)
  }) ?? refused(404, 'NotFoundError')
  const text = typeof answered === 'string' ? answered : JSON.stringify(answered)
  return { status, headers: given, body: text ?? '' }
}

function parsed(body: string, headers: object): unknown {
  const isLines = Object.entries(headers).some(
    ([name, value]) => name === 'content-type' && /ndjson/.test(value)
  )
  return isLines
    ? body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : JSON.parse(body)
}
