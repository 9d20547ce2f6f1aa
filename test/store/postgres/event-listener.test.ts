import { EventEmitter } from 'node:events'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { startEventListener } from '../../../src/store/postgres/event-listener.js'
import type { EventTable, StoreEvent } from '../../../src/store/postgres/events.js'
import { createMoments } from '../../../src/store/postgres/moments.js'
import { createClock } from '../../support/helper.js'

interface Read {
  position: string | undefined
  answer(events?: StoreEvent[]): void
}

/** A listener over a database that answers when the test says so. */
function open(t: Test, storeId = 'a store') {
  const clock = createClock()
  const applied: (readonly StoreEvent[] | undefined)[] = []
  const made: Read[] = []
  const reads: Read[] = []
  const clients: FakeClient[] = []
  let wake = () => {}
  let positions = 0

  function read<T>(
    position: string | undefined,
    toAnswer: (position: string, events: StoreEvent[]) => T
  ): Promise<T> {
    return new Promise((resolve) => {
      const one = {
        position,
        answer(events: StoreEvent[] = []) {
          positions += 1
          resolve(toAnswer(`position ${positions}`, events))
        }
      }
      made.push(one)
      reads.push(one)
      wake()
    })
  }

  const listener = startEventListener({
    async connect() {
      const client = new FakeClient()
      clients.push(client)
      return client as unknown as pg.Client
    },
    storeId: 'a store',
    events: {
      findStoreId: async () => storeId,
      findPosition: () => read(undefined, (position) => position),
      findSince: (_queryable: unknown, position: string) =>
        read(position, (position, events) => ({ position, events }))
    } as unknown as EventTable,
    moments: createMoments(clock, clock.uptime),
    interval: 60_000,
    apply: (events) => applied.push(events),
    warn: () => {}
  })
  // Its timers alone keep no process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(async () => {
    clearInterval(alive)
    const closed = listener.close()
    for (const { answer } of made) answer()
    await closed
  })

  return {
    clock,
    listener,
    applied,
    clients,
    /** The next read that it makes. */
    async nextRead() {
      while (reads.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return reads.shift() as Read
    }
  }
}

class FakeClient extends EventEmitter {
  readonly connection = { stream: { destroy: () => this.emit('end') } }

  async query() {
    return { rows: [] }
  }

  notify(payload: string) {
    this.emit('notification', { payload })
  }
}

async function turn(): Promise<void> {
  await new Promise(setImmediate)
}

const event: StoreEvent = { kind: 'key', kid: 'a key' }

t.test('the age of a heartbeat counts from its sending, once its events were applied', async (t) => {
  const { clock, listener, applied, clients, nextRead } = open(t)
  const first = await nextRead()
  const sent = { time: clock(), uptime: clock.uptime() }
  clock.advance(3)
  t.equal(listener.seenUntil, undefined)
  first.answer()
  await listener.tried
  t.same(listener.seenUntil, sent)
  t.same(applied, [undefined], 'nothing that was remembered before counts')

  clock.advance(1)
  const before = listener.seenUntil
  await turn()
  clients[0]?.notify('change')
  const second = await nextRead()
  t.equal(second.position, 'position 1')
  t.equal(listener.seenUntil, before, 'not before its events are here')
  second.answer([event])
  await turn()
  t.same(applied[1], [event])
  t.same(listener.seenUntil, { time: clock(), uptime: clock.uptime() })
})

t.test('after a lost connection, or a long silence, it gives up all that it knew', async (t) => {
  const { clock, applied, clients, nextRead } = open(t)
  ;(await nextRead()).answer()
  await turn()
  clients[0]?.emit('end')
  const again = await nextRead()
  t.equal(again.position, undefined, 'the server may be another one')
  again.answer()
  await turn()
  t.same(applied, [undefined, undefined])

  clock.advance(31)
  clients[1]?.notify('change')
  const late = await nextRead()
  t.equal(late.position, undefined)
  late.answer()
  await turn()
  t.same(applied, [undefined, undefined, undefined])
})

t.test('a notification that comes during a read is followed by another read', async (t) => {
  const { clients, nextRead } = open(t)
  ;(await nextRead()).answer()
  await turn()
  clients[0]?.notify('change')
  const reading = await nextRead()
  clients[0]?.notify('change')
  reading.answer()
  t.equal((await nextRead()).position, 'position 2')
})

t.test('the notifications of other programs are no reason to read', async (t) => {
  const { clients, nextRead } = open(t)
  ;(await nextRead()).answer()
  await turn()
  clients[0]?.notify('something else')
  const reading = nextRead()
  t.equal(await Promise.race([reading, turn().then(turn)]), undefined)
  clients[0]?.notify('change')
  t.equal((await reading).position, 'position 1')
})

t.test('a connection that leads to another store is none', async (t) => {
  const { listener, applied } = open(t, 'another store')
  await listener.tried
  t.equal(listener.seenUntil, undefined)
  t.same(applied, [])
})
