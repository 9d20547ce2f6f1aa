import { setImmediate as turn } from 'node:timers/promises'
import type BTree from 'sorted-btree'
import type { Change, User, UserPage, UserQuery } from '../store.js'

// In milliseconds: the users are put in order in pieces of that length, between which calls are answered. A garbage collection
// beside a piece takes longer than the piece.
const pieceLength = 2

// How many users are put in order between two looks at the time.
const pieceSize = 20

// Stands in no name, no display name and no group.
const separator = '\0'

/**
 * The users in the orders in which they are listed. An order takes no time and no memory before its first page is asked for.
 */
export interface UserOrder {
  /** See `Store.listUsers`. Reading costs some microseconds for each user of the page. */
  page(query: UserQuery): Promise<UserPage>
  /** Follows a change of the users, just before it is applied to them. */
  follow(change: Change): void
  /** Forgets the orders, when other users have taken the place of all. */
  forget(): void
}

type By = UserQuery['by']

/** The keys of users in one order, each with its `uid`. */
type Tree = BTree.default<string, string>

/** See `UserOrder`. */
export function createUserOrder(usersById: ReadonlyMap<string, User>): UserOrder {
  // Those that changes follow: they are filled, or being filled.
  const trees = new Map<By, Tree>()
  const filled = new Map<By, Promise<Tree>>()

  async function open(by: By): Promise<Tree> {
    const tree = await createTree()
    trees.set(by, tree)
    await fill(tree, by, usersById)
    return tree
  }

  function remove(former: User | undefined): void {
    if (former === undefined) return
    for (const [by, tree] of trees) useKeys[by](tree, former, removeKey)
  }

  return {
    async page(query) {
      const { by } = query
      const tree = filled.get(by) ?? open(by)
      filled.set(by, tree)
      return pageOf(await tree, query, usersById)
    },

    follow(change) {
      if ('user' in change) {
        const { user } = change
        remove(usersById.get(user.uid))
        for (const [by, tree] of trees) useKeys[by](tree, user, addKey)
      } else if ('purgedUid' in change) remove(usersById.get(change.purgedUid))
    },

    forget() {
      trees.clear()
      filled.clear()
    }
  }
}

// Loaded on first use, since few services list their users.
async function createTree(): Promise<Tree> {
  const { default: Tree } = (await import('sorted-btree')).default
  return new Tree<string, string>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

async function fill(tree: Tree, by: By, usersById: ReadonlyMap<string, User>): Promise<void> {
  let began = performance.now()
  let count = 0
  // A user that is changed meanwhile is put in twice, by the same keys; one that is purged is not met any more.
  for (const user of usersById.values()) {
    useKeys[by](tree, user, addKey)
    count += 1
    if (count % pieceSize !== 0 || performance.now() - began < pieceLength) continue
    await turn()
    began = performance.now()
  }
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

type UseKey = (tree: Tree, key: string, uid: string) => void

const addKey: UseKey = (tree, key, uid) => tree.set(key, uid)

const removeKey: UseKey = (tree, key, uid) => {
  if (tree.get(key) === uid) tree.delete(key)
}

// Hands over the keys one by one, not as a list: a million of lists are garbage enough to be felt.
const useKeys: Record<By, (tree: Tree, user: User, use: UseKey) => void> = {
  name(tree, { name, uid }, use) {
    use(tree, name, uid)
  },

  displayName(tree, { displayName, uid }, use) {
    if (displayName !== undefined) use(tree, displayName + separator + uid, uid)
  },

  group(tree, { groups, name, uid }, use) {
    if (groups !== undefined) for (const group of groups) use(tree, group + separator + name, uid)
  }
}
