import { setImmediate as turn } from 'node:timers/promises'
import type BTree from 'sorted-btree'
import type { User, UserPage, UserQuery } from '../store.js'
import type { Change } from './change.js'

// In milliseconds: the users are put in order in pieces of that length, between which calls are answered.
const pieceLength = 5

// How many users are put in order between two looks at the time.
const pieceSize = 100

// Stands in no name, no display name and no group.
const separator = '\0'

/** The users in the orders in which they are listed. Nothing is ordered before the first page is asked for. */
export interface UserOrder {
  /** See `Store.listUsers`. Reading costs some microseconds for each user of the page. */
  page(query: UserQuery): Promise<UserPage>
  /** Follows a change of the users, just before it is applied to them. */
  follow(change: Change): void
  /** Forgets the orders, when other users have taken the place of all. */
  forget(): void
}

type Tree = BTree.default<string, string>
type Trees = Record<UserQuery['by'], Tree>

interface Orders {
  trees: Trees
  /** Resolves once all users are in them. */
  filled: Promise<void>
}

/** See `UserOrder`. */
export function createUserOrder(usersById: ReadonlyMap<string, User>): UserOrder {
  let orders: Promise<Orders> | undefined
  // Where changes go while and after the trees are filled.
  let trees: Trees | undefined

  async function open(): Promise<Orders> {
    const opened = await createTrees()
    trees = opened
    return { trees: opened, filled: fill(opened) }
  }

  async function fill(opened: Trees): Promise<void> {
    let began = performance.now()
    let count = 0
    // A user that is changed meanwhile is put in twice, by the same keys; one that is purged is not met any more.
    for (const user of usersById.values()) {
      add(opened, user)
      count += 1
      if (count % pieceSize !== 0 || performance.now() - began < pieceLength) continue
      await turn()
      began = performance.now()
    }
  }

  return {
    async page(query) {
      orders ??= open()
      const { trees, filled } = await orders
      await filled
      return pageOf(trees[query.by], query, usersById)
    },

    follow(change) {
      if (trees === undefined) return
      if ('user' in change) {
        const former = usersById.get(change.user.uid)
        if (former !== undefined) remove(trees, former)
        add(trees, change.user)
      } else if ('purgedUid' in change) {
        const former = usersById.get(change.purgedUid)
        if (former !== undefined) remove(trees, former)
      }
    },

    forget() {
      orders = undefined
      trees = undefined
    }
  }
}

// Loaded on first use, since few services list their users.
async function createTrees(): Promise<Trees> {
  const { default: Tree } = (await import('sorted-btree')).default
  const create = () => new Tree<string, string>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return { name: create(), displayName: create(), group: create() }
}

function pageOf(
  tree: Tree,
  { by, text, after, limit }: UserQuery,
  usersById: ReadonlyMap<string, User>
): UserPage {
  const prefix = by === 'group' ? text + separator : text
  const first = after !== undefined && after > prefix ? after : prefix
  const users: User[] = []
  let last: string | undefined
  for (const [key, uid] of tree.entries(first)) {
    if (key === after) continue
    if (!key.startsWith(prefix)) break
    if (users.length === limit) return { users, ...(last !== undefined && { next: last }) }
    const user = usersById.get(uid)
    if (user !== undefined) users.push(user)
    last = key
  }
  return { users }
}

function add(trees: Trees, user: User): void {
  const { uid } = user
  eachKey(user, (by, key) => trees[by].set(key, uid))
}

function remove(trees: Trees, user: User): void {
  eachKey(user, (by, key) => {
    if (trees[by].get(key) === user.uid) trees[by].delete(key)
  })
}

// Not a generator: a million of them are garbage enough to be felt.
function eachKey(
  { uid, name, displayName, groups }: User,
  use: (by: UserQuery['by'], key: string) => void
): void {
  use('name', name)
  if (displayName !== undefined) use('displayName', displayName + separator + uid)
  if (groups !== undefined) for (const group of groups) use('group', group + separator + name)
}
