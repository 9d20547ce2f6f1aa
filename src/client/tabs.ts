type Action<T> = (newest: T | null) => Promise<T | null>

/** A change of the value that tabs share. */
export interface Change<T> {
  before: T | null
  after: T | null
}

/** A value that all tabs of an origin share. */
export interface Tabs<T> {
  /** The value as this tab knows it. */
  readonly value: T | null
  /** The value once the other tabs have been asked for it. */
  settled(): Promise<T | null>
  /**
   * Replaces the value by what the action makes of the newest one, while no other tab does so, and tells the other tabs.
   *
   * @throws as the action, whose failure changes nothing.
   */
  change(action: Action<T>): Promise<Change<T>>
  /** Calls the listener after each change in any tab. Returns the end of it. */
  subscribe(listener: (value: T | null) => void): () => void
}

/** The newest state wins: `at` is the time of the change, or one more than that of the one before. */
interface State<T> {
  at: number
  value: T | null
}

interface Message<T> {
  state: State<T>
  /** The id of a question, which asks for the state of the other tabs. */
  question?: string
  /** The id of the question that this is an answer to. */
  answer?: string
}

interface Browser {
  navigator?: { locks?: Locks }
  sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void }
}

interface Locks {
  request<R>(name: string, action: () => Promise<R>): Promise<R>
  request<R>(name: string, options: { mode: 'shared' }, action: () => Promise<R>): Promise<R>
  query(): Promise<{ held?: { name?: string }[] }>
}

// A tab that is frozen answers nothing; the others answer within some milliseconds.
const longestAnswer = 250

/**
 * A value under this name, null at first. Without Web Locks, which only a secure context has, each tab has a value of its own.
 *
 * @param isStored whether a tab keeps it in its `sessionStorage`. @throws `Error` if it should, without Web Locks: a
 *   duplicated tab has a copy, and both would use it.
 */
export function createTabs<T>(name: string, isStored: boolean): Tabs<T> {
  const browser = globalThis as unknown as Browser
  const locks = browser.navigator?.locks
  if (isStored && locks === undefined) throw new Error('sessionStorage needs Web Locks: a page by HTTPS.')
  const channel = locks && new BroadcastChannel(name)
  // Node, where a page may be rendered, would not end as long as there is one.
  ;(channel as { unref?: () => void } | undefined)?.unref?.()
  const presence = `${name} tab`
  const listeners = new Set<(value: T | null) => void>()
  const answered = new Map<string, () => void>()
  // Where a browser blocks site data, to look at the storage is an error already.
  let state: State<T> = JSON.parse(
    (isStored && browser.sessionStorage.getItem(name)) || '{"at":0,"value":null}'
  )
  let last: Promise<unknown> = Promise.resolve()

  function take(newer: State<T>): void {
    if (newer.at <= state.at) return
    state = newer
    if (isStored) browser.sessionStorage.setItem(name, JSON.stringify(state))
    for (const listener of listeners) listener(state.value)
  }

  const tell = (message: Omit<Message<T>, 'state'> = {}) => channel?.postMessage({ ...message, state })

  if (channel !== undefined) {
    channel.onmessage = ({ data }) => {
      const { state: theirs, question, answer } = data as Message<T>
      take(theirs)
      if (question !== undefined) tell({ answer: question })
      if (answer !== undefined) answered.get(answer)?.()
    }
  }

  // Held until the tab is closed, so that the others know whether there is anybody to ask.
  // A browser may refuse, as in a sandboxed frame: then nobody is asked.
  const present = new Promise<boolean>((resolve) => {
    locks
      ?.request(presence, { mode: 'shared' }, () => {
        resolve(true)
        return new Promise(() => {})
      })
      .catch(() => resolve(false))
  })

  /** Asks the other tabs, if there are any, and waits for their answers. */
  async function ask(): Promise<void> {
    if (locks === undefined) return
    if (!(await present)) return
    const { held = [] } = await locks.query()
    let missing = held.filter((lock) => lock.name === presence).length - 1
    if (missing <= 0) return
    const question = crypto.randomUUID()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestAnswer)
      answered.set(question, () => {
        missing -= 1
        if (missing > 0) return
        clearTimeout(timer)
        resolve()
      })
      tell({ question })
    })
    answered.delete(question)
  }

  async function replace(action: Action<T>): Promise<Change<T>> {
    // The last change of another tab may still be on its way.
    await ask()
    const before = state.value
    const after = await action(before)
    if (after !== state.value) {
      take({ at: Math.max(Date.now(), state.at + 1), value: after })
      tell()
    }
    return { before, after }
  }

  const asked = ask()

  return {
    get value() {
      return state.value
    },

    async settled() {
      await asked
      return state.value
    },

    async change(action) {
      if (locks !== undefined && (await present)) return await locks.request(name, () => replace(action))
      const changed = last.then(() => replace(action))
      last = changed.catch(() => {})
      return await changed
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}
