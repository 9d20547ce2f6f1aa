import {
  FixtureClock,
  FixtureNamespace,
  FixtureNamespaces,
  FixtureRequests,
  FixtureUser,
  FixtureUsers
} from '../reply-schemas.js'
import { accessToken, empty, json, pass, text, uid, user } from './examples.js'
import type { Operation } from './operation.js'

const clock = json('How the clock stands, in seconds.', { now: 1795473939.5, frozen: false }, FixtureClock)

const namespaceUrl = 'http://127.0.0.1:3000/ns/worker-1'
const namespace = {
  url: namespaceUrl,
  issuer: namespaceUrl,
  jwks_url: `${namespaceUrl}/.well-known/jwks.json`
}

/** The calls that control a fixture. */
export const fixture: Record<string, Operation> = {
  'GET /fixture/users': {
    summary: 'List the users',
    replies: {
      200: json(
        'All users.',
        { users: [{ user, uid, active: true, state: 'active', groups: ['staff'], claims: {} }] },
        FixtureUsers
      )
    }
  },
  'PUT /fixture/users/:user': {
    summary: 'Make or change a user',
    arguments: {
      'a user with groups and claims': { pass, groups: ['staff'], claims: { plan: 'free' } },
      'a verified address': { email: 'alice@example.org', email_verified: true, display_name: 'Alice' },
      'a user who is barred': { state: 'disabled' }
    },
    replies: {
      200: json('The user was changed.', { uid }, FixtureUser),
      201: json('The user was made.', { uid }, FixtureUser)
    },
    refusals: [
      'InvalidArgumentError',
      'PasswordPolicyError',
      'EmailTakenError',
      'UserAlreadyExistsError',
      'ManagedByFileError'
    ]
  },
  'DELETE /fixture/users/:user': {
    summary: 'Remove a user as if it had never been',
    replies: { 204: empty('The user was removed.') },
    refusals: ['UserDoesNotExistError']
  },
  'POST /fixture/tokens': {
    summary: 'Make a token, good or bad',
    arguments: { 'a token of a user': { user }, 'one that has expired': { user, preset: 'expired' } },
    replies: { 200: text('The token, and nothing else.', accessToken) },
    refusals: ['InvalidArgumentError', 'UserDoesNotExistError']
  },
  'GET /fixture/namespaces': {
    summary: 'List the namespaces',
    replies: {
      200: json('All namespaces.', { namespaces: [{ id: 'worker-1', ...namespace }] }, FixtureNamespaces)
    }
  },
  'PUT /fixture/namespaces/:id': {
    summary: 'Make a namespace, or make it anew',
    arguments: { 'users and the time': { users: { alice: pass }, now: '2030-01-01T00:00:00Z' } },
    replies: {
      200: json('The namespace was made anew.', namespace, FixtureNamespace),
      201: json('The namespace was made.', namespace, FixtureNamespace)
    },
    refusals: ['InvalidArgumentError']
  },
  'DELETE /fixture/namespaces/:id': {
    summary: 'End a namespace',
    replies: { 204: empty('The namespace has ended.') },
    refusals: ['NamespaceDoesNotExistError']
  },
  'GET /fixture/clock': {
    summary: 'Read the clock',
    replies: { 200: clock }
  },
  'PUT /fixture/clock': {
    summary: 'Set the clock',
    arguments: {
      'an hour later': { advance: 3600 },
      'a time': { now: '2030-01-01T00:00:00Z', frozen: true }
    },
    replies: { 200: clock },
    refusals: ['InvalidArgumentError']
  },
  'DELETE /fixture/clock': {
    summary: 'Have the clock tell the time again',
    replies: { 204: empty('It does.') }
  },
  'POST /fixture/faults': {
    summary: 'Have a call fail, or be late',
    description: 'It then answers with the given status and `InjectedFaultError`.',
    arguments: {
      'two failures': { route: 'GET /token', times: 2, status: 503 },
      'a late answer': { route: 'GET /check', delay: 500 }
    },
    replies: { 204: empty('It will.') },
    refusals: ['InvalidArgumentError']
  },
  'DELETE /fixture/faults': {
    summary: 'Have no more calls fail',
    replies: { 204: empty('None will.') }
  },
  'GET /fixture/requests': {
    summary: 'List the last requests',
    replies: {
      200: json(
        'The requests, the oldest first, without their secrets.',
        { requests: [{ method: 'GET', path: '/token', arguments: { user }, status: 200 }] },
        FixtureRequests
      )
    }
  },
  'DELETE /fixture/requests': {
    summary: 'Forget the requests',
    replies: { 204: empty('They are forgotten.') }
  },
  'POST /fixture/snapshots/:name': {
    summary: 'Keep users, tokens, keys and clock under a name',
    replies: { 204: empty('They are kept.') }
  },
  'POST /fixture/snapshots/:name/restore': {
    summary: 'Go back to a snapshot',
    description: 'It waits for the calls under way, and other calls wait for it.',
    replies: { 204: empty('All is as it was then.') },
    refusals: ['SnapshotDoesNotExistError']
  },
  'POST /fixture/reset': {
    summary: 'Go back to the beginning',
    description: 'It waits for the calls under way, and other calls wait for it.',
    replies: { 204: empty('All is as it was at the start.') }
  }
}
