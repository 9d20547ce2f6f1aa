import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Audit, AuditEvent } from '../audit/audit.js'

/** The counted properties of a request: the pattern of its route, never its address, which a client makes up. */
export interface CountedRequest {
  method: string
  route: string
  status: number
  /** Undefined for a call that waits as long as its client wants. */
  seconds: number | undefined
}

/** The metrics of the service, for Prometheus. They contain no user name. */
export interface Metrics {
  /** The media type of `read`. */
  readonly contentType: string
  /** All metrics, in Prometheus's text format. */
  read(): Promise<string>
  countRequest(request: CountedRequest): void
  /** Counts a write of the store: the number of changes that shared it and its duration in seconds. */
  countFlush(changes: number, seconds: number): void
}

/** The sources of the metrics. */
export interface MetricsSources {
  audit: Audit
  /** The numbers of passwords being hashed and waiting, read when the metrics are. */
  hashes(): { running: number; waiting: number }
  /** Whether the service can do all its work, as `/health/ready` tells it. */
  isReady(): Promise<boolean>
  /** How many readers of the revocation feed wait. */
  revocationReaders(): number
  /** Of Postern. */
  version: string
}

const outcomes: Partial<Record<AuditEvent, string>> = {
  login: 'success',
  login_failed: 'failure',
  second_factor_failed: 'failure',
  throttled: 'throttled'
}

const kinds: Partial<Record<AuditEvent, string>> = {
  login: 'access_token',
  refresh: 'access_token',
  refresh_token_issued: 'refresh_token'
}

// One for all services in the process: nothing ends the observers that collect its metrics.
let processRegistry: Registry | undefined

function createProcessRegistry(): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  // Gauges with the ending of counters. Their sums are those of the gauges without it.
  for (const name of ['handles', 'requests', 'resources'])
    register.removeSingleMetric(`nodejs_active_${name}_total`)
  return register
}

/** See `Metrics`. */
export function createMetrics({
  audit,
  hashes,
  isReady,
  revocationReaders,
  version
}: MetricsSources): Metrics {
  const register = new Registry()
  const registers = [register]
  processRegistry ??= createProcessRegistry()
  const ofProcess = processRegistry

  new Gauge({
    name: 'postern_build_info',
    help: 'Always 1, with the versions of Postern and Node.js',
    labelNames: ['version', 'node_version'],
    registers
  }).set({ version, node_version: process.versions.node }, 1)
  new Gauge({
    name: 'postern_ready',
    help: 'Whether the service can do all its work, 1 or 0, as /health/ready tells it',
    registers,
    async collect() {
      this.set((await isReady()) ? 1 : 0)
    }
  })

  const requests = new Counter({
    name: 'postern_http_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers
  })
  const durations = new Histogram({
    name: 'postern_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer',
    labelNames: ['route'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers
  })
  const logins = new Counter({
    name: 'postern_logins_total',
    help: 'Logins with a password, by what became of them',
    labelNames: ['outcome'],
    registers
  })
  const tokens = new Counter({
    name: 'postern_tokens_issued_total',
    help: 'Tokens issued',
    labelNames: ['kind'],
    registers
  })
  new Gauge({
    name: 'postern_password_hashes',
    help: 'Passwords that are being hashed, or wait for it',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(hashes())) this.set({ state }, count)
    }
  })
  new Gauge({
    name: 'postern_revocation_readers',
    help: 'Readers of the revocation feed that wait',
    registers,
    collect() {
      this.set(revocationReaders())
    }
  })
  const flushSeconds = new Histogram({
    name: 'postern_store_flush_seconds',
    help: 'Writes of changes to the disk',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers
  })
  const flushChanges = new Histogram({
    name: 'postern_store_flush_changes',
    help: 'Changes that shared a write',
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers
  })

  audit.subscribe(({ event, reason, user }) => {
    const [outcome, kind] = [outcomes[event], kinds[event]]
    // Sign-ups and refresh tokens are throttled, too, and clients of OAuth, which have no user name.
    const isOther = event === 'throttled' && (reason !== 'TooManyFailuresError' || user === undefined)
    if (outcome !== undefined && !isOther) logins.inc({ outcome })
    if (kind !== undefined) tokens.inc({ kind })
  })

  return {
    contentType: register.contentType,

    async read() {
      return `${await ofProcess.metrics()}\n${await register.metrics()}`
    },

    countRequest({ method, route, status, seconds }) {
      requests.inc({ method, route, status })
      if (seconds !== undefined) durations.observe({ route }, seconds)
    },

    countFlush(changes, seconds) {
      flushSeconds.observe(seconds)
      flushChanges.observe(changes)
    }
  }
}
