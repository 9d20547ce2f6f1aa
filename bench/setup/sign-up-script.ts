import pg from 'pg'
import { openDatabase } from '../../src/store/postgres/database.js'
import { createUserOrderTable } from '../../src/store/postgres/user-order.js'
import { createUserTable } from '../../src/store/postgres/users.js'
import { generateUser } from './seeded-users.js'

/** The script of pgbench with the `INSERT` and the commit of a sign-up, by the statement of the driver itself. It connects to nothing. */
export async function createSignUpScript(url: string): Promise<string> {
  const user = generateUser('a name of pgbench')
  let insert = ''
  const recorder = {
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
      insert = text.replace(/\$(\d+)/g, (_, number) => literalOf(values[Number(number) - 1], user))
      return []
    }
  }
  const database = openDatabase({ url, source: 'the bench', schema: 'postern', connections: 1 })
  const users = createUserTable(database, createUserOrderTable(database))
  await users.insert(recorder, [user])
  return `\\set id random(1, 1000000000000000)
BEGIN;
SET LOCAL synchronous_commit = on;
${insert.replaceAll(/\s+/g, ' ')};
COMMIT;
`
}

/** A value as SQL. The id and the name, from which the order goes, are new in each transaction. */
function literalOf(value: unknown, { uid, name }: { uid: string; name: string }): string {
  if (value === null) return 'NULL'
  if (Array.isArray(value)) return `ARRAY[${value.map((item) => literalOf(item, { uid, name })).join(', ')}]`
  if (value instanceof Buffer) return "convert_to(md5(:id::text), 'UTF8')"
  if (value === uid) return 'md5(:id::text)'
  if (value === name) return "('name ' || :id)"
  return pg.escapeLiteral(String(value))
}
