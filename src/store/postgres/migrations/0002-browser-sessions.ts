import type { Migration } from '../migration.js'

/**
 * The sessions of browsers, in tables of their own: release 0.5.0 goes on beside them, and neither lists nor counts nor evicts one.
 * A database that holds accounts by then is noted as one of an earlier release.
 */
export const browserSessions: Migration = {
  number: 2,
  name: 'browser sessions',
  oldest: 1,

  sql: (table) => `
CREATE TABLE ${table('browser_sessions')} (
  id text COLLATE "C" PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY,
  uid text COLLATE "C" NOT NULL,
  version bigint NOT NULL DEFAULT 0,
  last_used_at bigint,
  exp bigint NOT NULL,
  record jsonb NOT NULL
);
CREATE INDEX browser_sessions_uid ON ${table('browser_sessions')} (uid, ordinal);
CREATE INDEX browser_sessions_ordinal ON ${table('browser_sessions')} (ordinal);
CREATE INDEX browser_sessions_unused ON ${table('browser_sessions')} (ordinal) WHERE last_used_at IS NULL;
CREATE INDEX browser_sessions_exp ON ${table('browser_sessions')} (exp);

CREATE TABLE ${table('browser_session_counts')} (
  shard integer PRIMARY KEY,
  sessions bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO ${table('browser_session_counts')} (shard) SELECT generate_series(0, 15);

INSERT INTO ${table('meta')} SELECT 'earlier_release', '1' WHERE EXISTS (SELECT FROM ${table('users')});
`
}
