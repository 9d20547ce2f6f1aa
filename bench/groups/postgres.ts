// The store on PostgreSQL: against the file store beside it, and against pgbench, which sets the limit of what the database takes.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { promisify } from 'node:util'
import { check, generateSigningKey, makeAccessTokens, openAccount, signUp } from '../load/account.js'
import { loadCounted } from '../load/counted-load.js'
import { postForm, type Request, send } from '../load/request.js'
import { compareFully, ratioRow } from '../report/comparison.js'
import { interleave } from '../report/rounds.js'
import { type Row, skipped } from '../report/row.js'
import { median, quantile, ratios } from '../report/statistics.js'
import { type DatabaseServer, startDatabaseServer } from '../setup/database-server.js'
import { timeStart } from '../setup/first-reply.js'
import { placed } from '../setup/processors.js'
import type { Program } from '../setup/program.js'
import { createSignUpScript } from '../setup/sign-up-script.js'
import type { Workplace } from '../setup/workplace.js'

const manyTokens = 1000
const revocations = 200
// As long as pgbench works, some two seconds: the code of a program gets fast as it runs, that of pgbench is.
const signUps = 2400
const signUpRounds = 5
const startRounds = 9
// In seconds.
const idleTime = 10
const benchTime = 2

/** The connections of the pool of an instance. */
const connections = 10

/** Both services, and access tokens of an account of each. */
interface Services {
  ours: Program
  file: Program
  tokens: Record<'ours' | 'file', string[]>
}

export async function measurePostgres(workplace: Workplace): Promise<Row[]> {
  const server = await startDatabaseServer(workplace)
  if (typeof server === 'string') return [skipped('the store on PostgreSQL', server)]
  const common = {
    POSTERN_SIGNING_KEY: generateSigningKey(),
    POSTERN_HASH_MEMORY_KIB: '8',
    POSTERN_HASH_ITERATIONS: '1',
    POSTERN_SIGN_UP_MAX: '0',
    POSTERN_SESSIONS_PER_MINUTE: '0',
    // Without the warning of the cheap hashes.
    POSTERN_LOG_LEVEL: 'error'
  }
  const environment = { ...common, ...server.environment }
  const services = await startServices(workplace, common, environment)
  return [
    await compareChecks(services),
    await countStatementsOfChecks(server, services),
    ...(await compareSignUps(workplace, server, { environment, common })),
    ...(await measureInstances(workplace, server, environment, services)),
    await compareStarts(workplace, common, environment)
  ]
}

async function startServices(
  workplace: Workplace,
  common: NodeJS.ProcessEnv,
  environment: NodeJS.ProcessEnv
): Promise<Services> {
  const ours = await workplace.startPostern({ environment })
  const file = await workplace.startPostern({ environment: common })
  const tokensOf = async (program: Program, count: number) =>
    makeAccessTokens(await openAccount(program), String(common.POSTERN_SIGNING_KEY), count)
  const tokens = {
    ours: await tokensOf(ours, manyTokens + revocations),
    file: await tokensOf(file, manyTokens)
  }
  // The signature of each is verified here, once: the rows are about tokens that were seen before.
  await loadCounted(ours.url, checksOf(tokens.ours), manyTokens)
  await loadCounted(file.url, checksOf(tokens.file), manyTokens)
  return { ours, file, tokens }
}

function checksOf(tokens: readonly string[]): Request[] {
  return tokens.slice(0, manyTokens).map(check)
}

async function compareChecks({ ours, file, tokens }: Services): Promise<Row> {
  const { row } = await compareFully(
    'GET /check of a token seen before, PostgreSQL / file store',
    { atLeast: 0.9 },
    {
      ours,
      theirs: file,
      requests: { ours: checksOf(tokens.ours), theirs: checksOf(tokens.file) }
    }
  )
  return row
}

async function countStatementsOfChecks(server: DatabaseServer, { ours, tokens }: Services): Promise<Row> {
  const count = 10 * manyTokens
  const statements = await server.statementsDuring(() => loadCounted(ours.url, checksOf(tokens.ours), count))
  const { heartbeats, others } = sorted(statements)
  return {
    name: `Statements for ${count} calls of GET /check of tokens seen before`,
    unit: 'statements',
    value: others.length,
    goal: { atMost: 0 },
    note: [`and ${heartbeats} heartbeats`, ...others.slice(0, 1)].join('; ')
  }
}

/** The number of heartbeats, and what is neither one nor of the removal of expired rows, which an instance tries once a minute. */
function sorted(statements: readonly string[]): { heartbeats: number; others: string[] } {
  const isHeartbeat = (statement: string) => statement.includes('pg_visible_in_snapshot')
  const isRemoval = (statement: string) =>
    /known_time|pg_try_advisory_xact_lock|SKIP LOCKED|^BEGIN|^COMMIT/.test(statement)
  return {
    heartbeats: statements.filter(isHeartbeat).length,
    others: statements.filter((statement) => !isHeartbeat(statement) && !isRemoval(statement))
  }
}

async function compareSignUps(
  workplace: Workplace,
  server: DatabaseServer,
  settings: Record<'environment' | 'common', NodeJS.ProcessEnv>
): Promise<Row[]> {
  const ours = await workplace.startPostern({ environment: settings.environment, place: 'anywhere' })
  const file = await workplace.startPostern({ environment: settings.common, place: 'anywhere' })
  let users = 0
  const signUpNext = () => {
    users += 1
    return signUp(`user ${users}`)
  }
  const script = join(await workplace.folder(), 'sign-up.sql')
  await writeFile(script, await createSignUpScript(server.url))
  const rates = await interleave(signUpRounds, {
    ours: () => loadCounted(ours.url, signUpNext, signUps),
    pgbench: () => transactionsPerSecond(server, script),
    file: () => loadCounted(file.url, signUpNext, signUps)
  })
  await Promise.all([ours.stop(), file.stop()])
  const [mine, limit, beside] = [rates.ours, rates.pgbench, rates.file].map((of) => median(of).toFixed(0))
  return [
    {
      ...ratioRow(
        'POST /user with cheap hashes, PostgreSQL / pgbench',
        { atLeast: 0.5 },
        ratios(rates.ours, rates.pgbench)
      ),
      note: `${mine}/s by ${limit}/s, pgbench with the same INSERT and commit on ${connections} connections`
    },
    {
      ...ratioRow(
        'POST /user with cheap hashes, PostgreSQL / file store',
        undefined,
        ratios(rates.ours, rates.file)
      ),
      note: `${mine}/s by ${beside}/s`
    }
  ]
}

async function transactionsPerSecond(server: DatabaseServer, script: string): Promise<number> {
  const options = ['--no-vacuum', '--protocol=extended', `--client=${connections}`, `--time=${benchTime}`]
  const [file = '', ...args] = [...placed('anywhere'), server.program('pgbench')]
  const { stdout } = await promisify(execFile)(file, [...args, ...options, `--file=${script}`, server.url])
  const [, rate] = /^tps = ([\d.]+)/m.exec(stdout) ?? []
  if (rate === undefined) throw new Error(`pgbench has no result: ${stdout}`)
  return Number(rate)
}

async function measureInstances(
  workplace: Workplace,
  server: DatabaseServer,
  environment: NodeJS.ProcessEnv,
  { ours, tokens }: Services
): Promise<Row[]> {
  const others = [
    await workplace.startPostern({ environment, place: 'anywhere' }),
    await workplace.startPostern({ environment, place: 'anywhere' })
  ]
  const times: number[] = []
  for (const [index, token] of tokens.ours.slice(manyTokens).entries()) {
    times.push(await timeRefusal(ours, others[index % others.length] as Program, token))
  }
  return [
    {
      name: 'From a revocation to the refusal at another instance, p99',
      unit: 'ms',
      value: quantile(times, 0.99),
      goal: { atMost: 50 },
      note: `p50 ${median(times).toFixed(1)} ms, at most ${Math.max(...times).toFixed(1)} ms, of ${times.length}`
    },
    await countIdleStatements(server, 1 + others.length)
  ]
}

/** From the answer to the revocation to the answer that refuses the token, asked for again and again. */
async function timeRefusal(at: Program, other: Program, token: string): Promise<number> {
  await send(other.url, check(token))
  await send(at.url, postForm('/oauth/revoke', { token }))
  const start = performance.now()
  for (;;) {
    const response = await fetch(other.url + check(token).path)
    await response.arrayBuffer()
    if (response.status !== 200) return performance.now() - start
  }
}

async function countIdleStatements(server: DatabaseServer, instances: number): Promise<Row> {
  // A second after the last revocation each instance looks once for the next end of an account.
  await after(2000)
  const statements = await server.statementsDuring(() => after(idleTime * 1000))
  const { heartbeats, others } = sorted(statements)
  const notes = [`and ${(heartbeats / idleTime).toFixed(1)} heartbeats a second`, ...others.slice(0, 1)]
  return {
    name: `Statements of ${instances} idle instances`,
    unit: 'statements/s',
    value: others.length / idleTime,
    goal: { atMost: 0 },
    note: notes.join('; ')
  }
}

async function compareStarts(
  workplace: Workplace,
  common: NodeJS.ProcessEnv,
  environment: NodeJS.ProcessEnv
): Promise<Row> {
  const folder = await workplace.folder()
  const start = (settings: NodeJS.ProcessEnv) => () =>
    timeStart(workplace.startPostern({ environment: settings, folder, place: 'anywhere' }))
  const times = await interleave(startRounds, { ours: start(environment), file: start(common) })
  const row = ratioRow(
    'start to the first 200, PostgreSQL / file store',
    { atMost: 1.3 },
    ratios(times.ours, times.file)
  )
  return { ...row, note: `${median(times.ours).toFixed(0)} ms by ${median(times.file).toFixed(0)} ms` }
}
