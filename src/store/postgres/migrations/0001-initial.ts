import type { Migration } from '../migration.js'

/**
 * The tables of release 0.5.0. Times are in seconds since the epoch. A member of a record has a column if something looks it up or
 * changes it by itself; the rest is in `record`. Names are compared byte by byte, whatever the locale of the database.
 */
export const initial: Migration = {
  number: 1,
  name: 'initial',
  oldest: 1,

  // The keys of user_order are UTF-16, in which the other stores order: text is ordered as UTF-8, which differs beyond U+D7FF. Positions
  // among the events are snapshots, by xid: seq is given before the commit, and a later one may be seen earlier.
  // Claims are json, not jsonb, which refuses U+0000 and puts the members into another order.
  sql: (table) => `
CREATE TABLE ${table('meta')} (
  key text PRIMARY KEY,
  value text NOT NULL
);
INSERT INTO ${table('meta')} VALUES ('store_id', replace(gen_random_uuid()::text, '-', ''));

CREATE TABLE ${table('users')} (
  uid text COLLATE "C" PRIMARY KEY,
  name text COLLATE "C" NOT NULL CONSTRAINT users_name UNIQUE,
  state text NOT NULL,
  gen bigint NOT NULL,
  version bigint NOT NULL DEFAULT 0,
  email_key text COLLATE "C" CONSTRAINT users_email UNIQUE,
  external_id text COLLATE "C" CONSTRAINT users_external_id UNIQUE,
  link_digest text COLLATE "C",
  expires_at bigint,
  managed_by text,
  last_login_at bigint,
  claims json,
  record jsonb NOT NULL
);
CREATE INDEX users_link ON ${table('users')} (link_digest) WHERE link_digest IS NOT NULL;
CREATE INDEX users_expires_at ON ${table('users')} (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX users_managed_by ON ${table('users')} (managed_by) WHERE managed_by IS NOT NULL;
CREATE INDEX users_claims ON ${table('users')} (uid) WHERE claims IS NOT NULL;
CREATE INDEX users_factor ON ${table('users')} (uid)
  WHERE record->'secondFactor' IS NOT NULL OR record->'pendingFactor' IS NOT NULL;

CREATE TABLE ${table('user_order')} (
  kind text COLLATE "C" NOT NULL,
  key bytea NOT NULL,
  uid text COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, key)
);

CREATE TABLE ${table('sessions')} (
  id text COLLATE "C" PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY,
  uid text COLLATE "C" NOT NULL,
  version bigint NOT NULL DEFAULT 0,
  last_used_at bigint,
  exp bigint NOT NULL,
  record jsonb NOT NULL
);
CREATE INDEX sessions_uid ON ${table('sessions')} (uid, ordinal);
CREATE INDEX sessions_ordinal ON ${table('sessions')} (ordinal);
CREATE INDEX sessions_unused ON ${table('sessions')} (ordinal) WHERE last_used_at IS NULL;
CREATE INDEX sessions_exp ON ${table('sessions')} (exp);

CREATE TABLE ${table('session_counts')} (
  shard integer PRIMARY KEY,
  sessions bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO ${table('session_counts')} (shard) SELECT generate_series(0, 15);

CREATE TABLE ${table('revoked_tokens')} (
  jti text COLLATE "C" PRIMARY KEY,
  exp bigint NOT NULL
);
CREATE INDEX revoked_tokens_exp ON ${table('revoked_tokens')} (exp);

CREATE TABLE ${table('reserved_names')} (
  name text COLLATE "C" PRIMARY KEY,
  uid text COLLATE "C" NOT NULL,
  until bigint NOT NULL
);
CREATE INDEX reserved_names_uid ON ${table('reserved_names')} (uid);

CREATE TABLE ${table('purged_uids')} (
  uid text COLLATE "C" PRIMARY KEY
);

CREATE TABLE ${table('invitations')} (
  id text COLLATE "C" PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY,
  digest text COLLATE "C" NOT NULL,
  expires_at bigint NOT NULL,
  record jsonb NOT NULL
);
CREATE INDEX invitations_digest ON ${table('invitations')} (digest);
CREATE INDEX invitations_expires_at ON ${table('invitations')} (expires_at);

CREATE TABLE ${table('pending_sign_ins')} (
  digest text COLLATE "C" PRIMARY KEY,
  expires_at bigint NOT NULL,
  record jsonb NOT NULL
);
CREATE INDEX pending_sign_ins_expires_at ON ${table('pending_sign_ins')} (expires_at);

CREATE TABLE ${table('api_keys')} (
  id text COLLATE "C" PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "C" NOT NULL CONSTRAINT api_keys_name UNIQUE,
  last_used_at bigint,
  record jsonb NOT NULL
);

CREATE TABLE ${table('signing_keys')} (
  kid text COLLATE "C" PRIMARY KEY,
  algorithm text NOT NULL,
  signs_from bigint NOT NULL,
  made_at bigint,
  sealed bytea NOT NULL
);

CREATE TABLE ${table('failure_counts')} (
  kind text NOT NULL,
  key text COLLATE "C" NOT NULL,
  failures integer NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX failure_counts_expires_at ON ${table('failure_counts')} (expires_at);

CREATE TABLE ${table('pauses')} (
  key text COLLATE "C" PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX pauses_expires_at ON ${table('pauses')} (expires_at);

CREATE TABLE ${table('events')} (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at bigint NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp())),
  kind text NOT NULL,
  uid text,
  sid text,
  jti text,
  gen bigint,
  kid text,
  exp bigint,
  until bigint NOT NULL
);
CREATE INDEX events_xid ON ${table('events')} (xid);
CREATE INDEX events_until ON ${table('events')} (until);
`
}
