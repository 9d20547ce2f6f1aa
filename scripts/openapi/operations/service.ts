import { version } from '../../../src/version.js'
import { empty, json, text, unchanged } from './examples.js'
import type { Operation } from './operation.js'

/** The calls of the service itself. */
export const service: Record<string, Operation> = {
  'GET /forward-auth': {
    summary: 'Who is this from? As a proxy asks',
    description:
      'The token may also be `access_token` in the query of the URL in `X-Original-URI` or `X-Forwarded-Uri`. `Remote-User`, ' +
      '`Remote-Uid`, `Remote-Groups`, `Remote-Email` (a verified one) and `Remote-Name` say who it is; they are empty for nobody. ' +
      'With `POSTERN_SITES_FILE` the cookie of a site does, too, and the rules of the site decide; `X-Postern-Assertion` says the same, signed.',
    replies: { 204: empty('The request may pass.') },
    refusals: ['SiteDeniedError', 'UntrustedProxyError']
  },
  'GET /forward-auth/nginx': {
    summary: 'Who is this from? As nginx asks',
    description:
      'The same by the headers `X-Original-URL`, or `X-Original-URI` with `X-Forwarded-Proto` and `X-Forwarded-Host`, and `X-Forwarded-Method`. ' +
      'Where somebody has to sign in it is 401 with `Location`, of which the configuration of nginx makes a redirect.',
    replies: { 204: empty('The request may pass.') },
    refusals: ['SiteDeniedError', 'UntrustedProxyError']
  },
  'GET /version': {
    summary: 'The version of the service',
    replies: { 200: json('The version.', { version }) }
  },
  'GET /health/live': {
    summary: 'Is the process alive?',
    replies: { 200: json('It is.', { status: 'ok' }) }
  },
  'GET /health/ready': {
    summary: 'Is the service ready?',
    replies: { 200: json('It is.', { status: 'ok' }) },
    refusals: ['NotReadyError']
  },
  'GET /metrics': {
    summary: 'Figures for Prometheus',
    description: 'It is there with `POSTERN_METRICS=true` only.',
    replies: { 200: text('The figures.', 'postern_logins_total{outcome="success"} 1\n') }
  },
  'GET /openapi.json': {
    summary: 'This document',
    replies: { 200: { description: 'An OpenAPI document.', type: 'application/json' }, ...unchanged }
  },
  'GET /docs': {
    summary: 'A page to try the calls',
    replies: { 200: text('The page.', undefined, 'text/html'), ...unchanged }
  }
}
