import type { FastifyRequest } from 'fastify'
import { describeRequest } from '../http/request-log.js'
import { visibleText } from '../visible-text.js'
import { createPaint, type Style } from './colours.js'

interface Entry {
  level: number
  time: number
  msg?: string
  req?: { method: string; url: string; address: string; user?: string }
  status?: number
  ms?: number
  audit?: string
  address?: string | null
  actor?: string
  user?: string
  detail?: string
  namespace?: string
  err?: { message: string; stack?: string }
}

// In characters of a terminal's line.
const maxNameLength = 64

const plainName = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]*$/u

const levels: Record<number, [label: string, style: Style]> = {
  10: ['trace ', 'dim'],
  20: ['debug ', 'dim'],
  40: ['warning ', 'yellow'],
  50: ['error ', 'red'],
  60: ['fatal ', 'red']
}

/**
 * Makes a readable line of each JSON line of the log, such as `19:08:22 GET /token 200 40 ms alice`. The time is the local
 * one. Text of clients cannot control the terminal. A line that is no JSON object stays as it is.
 */
export function createLineFormat(hasColours: boolean): (line: string) => string {
  const paint = createPaint(hasColours)

  function paintStatus(status: number): string {
    return paint(status < 400 ? 'green' : status < 500 ? 'yellow' : 'red', String(status))
  }

  return (line) => {
    const entry = parse(line)
    if (entry === undefined) return `${visibleText(line.trimEnd())}\n`
    const [label, style] = levels[entry.level] ?? ['', 'reset']
    const time = paint('dim', new Date(entry.time).toTimeString().slice(0, 8))
    return `${time} ${label && paint(style, label)}${describe(entry, paintStatus)}${describeError(entry)}\n`
  }
}

/** The logged parts of a request, as `describeRequest` gives them, and the name of its user, or of who calls as the operator. */
export function describeRequestOfUser(request: FastifyRequest) {
  const { user, pass } = Object(request.body) as { user?: unknown; pass?: unknown }
  // Without a password it may be a refresh token.
  const given = typeof user === 'string' && typeof pass === 'string' && pass !== '' ? user : undefined
  return { ...describeRequest(request), user: request.actor?.name ?? request.claims?.user ?? given }
}

function parse(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? (entry as Entry) : undefined
  } catch {
    return undefined
  }
}

function describe(entry: Entry, paintStatus: (status: number) => string): string {
  const { msg = '', req, status, ms, audit, address, actor, user, detail, namespace } = entry
  if (req !== undefined) {
    const base = namespace === undefined ? '' : `/ns/${namespace}`
    const call = visibleText(`${req.method} ${base}${req.url}`)
    if (status === undefined) return `${call}: ${visibleText(msg)}`
    return `${call} ${paintStatus(status)} ${ms} ms${showName(req.user, ' ')}${showAddress(req.address)}`
  }
  if (audit !== undefined) {
    const reason = detail === undefined ? '' : ` (${visibleText(detail)})`
    return `${visibleText(msg)}${showName(user, ': ')}${showName(actor, ' by ')}${showAddress(address)}${reason}`
  }
  return `${visibleText(msg)}${describeRest({ ...entry })}`
}

function describeRest({ level, time, pid, hostname, msg, err, ...rest }: Record<string, unknown>): string {
  return Object.entries(rest)
    .map(
      ([name, value]) =>
        ` ${visibleText(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)}`
    )
    .join('')
}

function describeError({ err }: Entry): string {
  if (err === undefined) return ''
  return (err.stack ?? err.message)
    .split('\n')
    .map((line) => `\n  ${visibleText(line)}`)
    .join('')
}

/** A name that could pass for other parts of the line is quoted. */
function showName(name: string | undefined, before: string): string {
  if (name === undefined) return ''
  const shown = name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name
  return before + (plainName.test(shown) ? shown : visibleText(JSON.stringify(shown)))
}

function showAddress(address: string | null | undefined): string {
  const isHere = address === null || address === undefined || address === '127.0.0.1' || address === '::1'
  return isHere ? '' : ` from ${visibleText(address)}`
}
