import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Request } from './request.js'

const headEnd = '\r\n\r\n'

/** The bytes of a request. */
export function toBuffer({ method = 'GET', path, headers = {}, body = '' }: Request, host: string): Buffer {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`)
  if (body !== '') lines.push(`content-length: ${Buffer.byteLength(body)}`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}${headEnd}${body}`)
}

type Answered = (error: Error | undefined) => void

/** A connection kept alive, with one request at a time on it. */
export class Connection {
  readonly #socket: Socket
  #reply = ''
  #answered: Answered | undefined

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true })
    await once(socket, 'connect')
    return new Connection(socket)
  }

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => this.#read(text))
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new Error('the server closed a connection')))
  }

  send(request: Buffer, answered: Answered): void {
    this.#answered = answered
    this.#socket.write(request)
  }

  answer(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.send(request, (error) => (error === undefined ? resolve() : reject(error)))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#reply += text
    const head = this.#reply.indexOf(headEnd)
    if (head === -1) return
    const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(this.#reply) ?? []
    if (this.#reply.length < head + headEnd.length + Number(length)) return
    const isGood = this.#reply.startsWith('HTTP/1.1 2')
    this.#end(isGood ? undefined : new Error(`a request was answered with ${this.#reply.slice(9, 12)}`))
  }

  #end(error: Error | undefined): void {
    const answered = this.#answered
    this.#answered = undefined
    this.#reply = ''
    answered?.(error)
  }
}
