import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { pathOf } from './request-target.js'

const operatorSockets = new WeakSet<Socket>()

/** Marks a connection as one that came over the operator's Unix socket, whose requests have all rights. */
export function markOperatorSocket(socket: Socket): void {
  operatorSockets.add(socket)
}

/** Whether a request came over the operator's Unix socket. Nothing that it says of itself counts. */
export function isFromOperatorSocket({ socket }: Pick<IncomingMessage, 'socket'>): boolean {
  return operatorSockets.has(socket)
}

/** Whether this path, decoded, is for the operator alone: a call or a page. */
export function isForOperator(path: string): boolean {
  return isAtOrBelow('/admin', path)
}

/** Whether this path, decoded, is one of the operator's calls. The pages for operators are none. */
export function isOperatorPath(path: string): boolean {
  return isForOperator(path) && path !== '/admin' && !isAtOrBelow('/admin/pages', path)
}

function isAtOrBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

/** Whether a path, decoded, is served on the operator's socket. */
export function isServedOnSocket(path: string): boolean {
  return isOperatorPath(path) || path === '/version' || path === '/health' || path.startsWith('/health/')
}

/**
 * The path that a request is for: the pattern of its route, or, where that fits any path or is none, the decoded path of its URL.
 */
export function calledPath({ url, routeOptions }: Pick<FastifyRequest, 'url' | 'routeOptions'>): string {
  const { url: pattern } = routeOptions
  return pattern === undefined || pattern === '*' ? decodeURI(pathOf(url)) : pattern
}
