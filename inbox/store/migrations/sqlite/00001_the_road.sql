-- +goose Up
-- Instants are milliseconds since 1970 in UTC. External ids, hashes and keys are compared byte for byte: TEXT, which SQLite compares so by default.

CREATE TABLE workspaces (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  seq BIGINT NOT NULL DEFAULT 0, -- the newest change number; raised as the last statement of a transaction
  sealed_key BLOB, -- the workspace's data key, wrapped with a master key
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  login TEXT NOT NULL,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  locale TEXT NOT NULL DEFAULT 'zh-CN',
  created_at BIGINT NOT NULL,
  CONSTRAINT users_login UNIQUE (login)
);

CREATE TABLE sessions (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL, -- of the cookie; the cookie itself is stored nowhere
  user_id BIGINT NOT NULL,
  workspace_id BIGINT NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  CONSTRAINT sessions_hash UNIQUE (hash),
  FOREIGN KEY (user_id) REFERENCES users (id),
  FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE sign_in_failures (
  name TEXT NOT NULL, -- "login:…" or "address:…"
  failures BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (name)
);

CREATE TABLE oauth_states (
  hash TEXT NOT NULL,
  session_id BIGINT NOT NULL,
  workspace_id BIGINT NOT NULL,
  platform TEXT NOT NULL,
  account_id BIGINT, -- the account to re-authorise
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (hash)
);

CREATE TABLE leases (
  name TEXT NOT NULL,
  holder TEXT NOT NULL,
  until_at BIGINT NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE quota_buckets (
  name TEXT NOT NULL,
  window_start BIGINT NOT NULL,
  used BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL DEFAULT 0, -- the platform said that it is empty until then
  PRIMARY KEY (name)
);

CREATE TABLE agents (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  presence TEXT NOT NULL DEFAULT 'offline',
  seen_at BIGINT,
  disabled BOOLEAN NOT NULL DEFAULT FALSE,
  capacity BIGINT NOT NULL DEFAULT 20,
  all_accounts BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  CONSTRAINT agents_workspace UNIQUE (workspace_id, id),
  CONSTRAINT agents_user UNIQUE (workspace_id, user_id),
  FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
  FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE skill_groups (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  CONSTRAINT skill_groups_workspace UNIQUE (workspace_id, id),
  CONSTRAINT skill_groups_name UNIQUE (workspace_id, name),
  FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE skill_group_agents (
  workspace_id BIGINT NOT NULL,
  skill_group_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  PRIMARY KEY (skill_group_id, agent_id),
  FOREIGN KEY (workspace_id, skill_group_id) REFERENCES skill_groups (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
);

CREATE TABLE accounts (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  platform TEXT NOT NULL,
  external_id TEXT NOT NULL,
  bound BOOLEAN, -- TRUE or NULL: only one workspace can have an account bound
  name TEXT NOT NULL,
  avatar_url TEXT NOT NULL,
  state TEXT NOT NULL,
  reason_zh TEXT NOT NULL,
  reason_en TEXT NOT NULL,
  state_since BIGINT NOT NULL,
  sealed_token BLOB,
  token_expires_at BIGINT,
  hook_key TEXT NOT NULL,
  bound_at BIGINT NOT NULL,
  verified_at BIGINT,
  last_push_at BIGINT,
  last_in_at BIGINT,
  checked_at BIGINT,
  capabilities TEXT NOT NULL,
  CONSTRAINT accounts_workspace UNIQUE (workspace_id, id),
  CONSTRAINT accounts_external UNIQUE (workspace_id, platform, external_id),
  CONSTRAINT accounts_bound_once UNIQUE (platform, external_id, bound),
  CONSTRAINT accounts_hook UNIQUE (hook_key),
  FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE agent_accounts (
  workspace_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  PRIMARY KEY (agent_id, account_id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id),
  FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id)
);

CREATE TABLE sources (
  account_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  workspace_id BIGINT NOT NULL,
  position TEXT NOT NULL, -- the cursor; only the connector can read it
  version BIGINT NOT NULL DEFAULT 0,
  imported BOOLEAN NOT NULL DEFAULT FALSE,
  next_poll_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  lease_holder TEXT NOT NULL DEFAULT '',
  last_poll_at BIGINT,
  last_ok_at BIGINT,
  failures BIGINT NOT NULL DEFAULT 0,
  problem_zh TEXT NOT NULL,
  problem_en TEXT NOT NULL,
  withheld BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, name),
  FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id)
);
CREATE INDEX sources_due ON sources (next_poll_at);

-- No foreign key to workspaces: it would hold the row whose number every transaction raises at its end, and two at once would be a deadlock.
CREATE TABLE contacts (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  platform TEXT NOT NULL,
  realm TEXT NOT NULL DEFAULT '',
  external_id TEXT NOT NULL,
  name TEXT NOT NULL,
  avatar_url TEXT NOT NULL,
  profile_url TEXT NOT NULL,
  followers BIGINT,
  verified TEXT NOT NULL DEFAULT '',
  seen_at BIGINT, -- his profile was last looked up
  person_id BIGINT,
  CONSTRAINT contacts_workspace UNIQUE (workspace_id, id),
  CONSTRAINT contacts_external UNIQUE (workspace_id, platform, realm, external_id)
);

CREATE TABLE contact_accounts (
  account_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  workspace_id BIGINT NOT NULL,
  follows_us BOOLEAN,
  window_until BIGINT,
  allowance BIGINT NOT NULL DEFAULT 0,
  spent BIGINT NOT NULL DEFAULT 0,
  window_shut BOOLEAN NOT NULL DEFAULT FALSE,
  last_in_at BIGINT,
  PRIMARY KEY (account_id, contact_id),
  FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id)
);

CREATE TABLE posts (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  external_id TEXT NOT NULL,
  author_id TEXT NOT NULL,
  author_name TEXT NOT NULL,
  text TEXT NOT NULL,
  posted_at BIGINT,
  url TEXT NOT NULL,
  pictures TEXT NOT NULL,
  deleted BOOLEAN NOT NULL DEFAULT FALSE,
  CONSTRAINT posts_workspace UNIQUE (workspace_id, id),
  CONSTRAINT posts_external UNIQUE (account_id, external_id),
  FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id)
);

CREATE TABLE conversations (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  place TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  assignee_id BIGINT,
  skill_group_id BIGINT,
  episode_id BIGINT, -- the running one
  episode_number BIGINT NOT NULL DEFAULT 0,
  last_activity_at BIGINT NOT NULL,
  last_in_id BIGINT,
  last_in_at BIGINT,
  last_out_id BIGINT,
  last_out_at BIGINT,
  waiting_since BIGINT,
  window_until BIGINT,
  due_at BIGINT,
  snippet TEXT NOT NULL,
  snippet_from TEXT NOT NULL DEFAULT 'in',
  inbound_count BIGINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT conversations_workspace UNIQUE (workspace_id, id),
  CONSTRAINT conversations_natural UNIQUE (account_id, contact_id, place),
  FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
  FOREIGN KEY (workspace_id, assignee_id) REFERENCES agents (workspace_id, id),
  FOREIGN KEY (workspace_id, skill_group_id) REFERENCES skill_groups (workspace_id, id)
);
CREATE INDEX conversations_by_account ON conversations (account_id, state, last_activity_at, id);
CREATE INDEX conversations_by_assignee ON conversations (workspace_id, assignee_id, state, last_activity_at, id);
CREATE INDEX conversations_by_activity ON conversations (workspace_id, state, last_activity_at, id);
CREATE INDEX conversations_by_window ON conversations (workspace_id, state, window_until, id);

CREATE TABLE episodes (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  first_reply_at BIGINT,
  resolved_at BIGINT,
  reopened BOOLEAN NOT NULL DEFAULT FALSE,
  CONSTRAINT episodes_number UNIQUE (conversation_id, number),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id)
);

CREATE TABLE messages (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  object TEXT NOT NULL,
  kind TEXT NOT NULL,
  external_id TEXT, -- NULL until the platform has told
  direction TEXT NOT NULL,
  origin TEXT NOT NULL,
  type TEXT NOT NULL,
  text TEXT NOT NULL,
  author_id BIGINT,
  parent_id TEXT NOT NULL DEFAULT '',
  post_id TEXT NOT NULL DEFAULT '',
  reply_to_id BIGINT,
  event TEXT NOT NULL DEFAULT '',
  sent_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  imported BOOLEAN NOT NULL DEFAULT FALSE,
  deleted BOOLEAN NOT NULL DEFAULT FALSE,
  triage_at BIGINT, -- due for triage since then; NULL once done
  raw BLOB,
  CONSTRAINT messages_external UNIQUE (account_id, object, external_id)
);
CREATE INDEX messages_by_conversation ON messages (conversation_id, sent_at, id);
CREATE INDEX messages_to_triage ON messages (triage_at);

CREATE TABLE media (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  ref_hash TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  content_type TEXT NOT NULL DEFAULT '',
  width BIGINT NOT NULL DEFAULT 0,
  height BIGINT NOT NULL DEFAULT 0,
  path TEXT NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL DEFAULT 0,
  next_try_at BIGINT,
  created_at BIGINT NOT NULL,
  CONSTRAINT media_workspace UNIQUE (workspace_id, id),
  CONSTRAINT media_ref UNIQUE (account_id, ref_hash),
  FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id)
);
CREATE INDEX media_to_fetch ON media (next_try_at);

CREATE TABLE attachments (
  workspace_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  media_id BIGINT NOT NULL,
  PRIMARY KEY (message_id, position),
  FOREIGN KEY (workspace_id, media_id) REFERENCES media (workspace_id, id)
);

CREATE TABLE outbox (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  essence TEXT NOT NULL, -- for recognising the answer on the platform
  contact_external_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  operator_ip TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0,
  not_before BIGINT NOT NULL,
  reason_zh TEXT NOT NULL,
  reason_en TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  lease_holder TEXT NOT NULL DEFAULT '',
  started_at BIGINT,
  check_at BIGINT,
  checks BIGINT NOT NULL DEFAULT 0,
  external_id TEXT NOT NULL DEFAULT '',
  settled_by TEXT NOT NULL DEFAULT '',
  doubted BOOLEAN NOT NULL DEFAULT FALSE, -- sent again by an agent after an attempt of unknown outcome
  idempotency_key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT outbox_workspace UNIQUE (workspace_id, id),
  CONSTRAINT outbox_once UNIQUE (workspace_id, idempotency_key),
  CONSTRAINT outbox_message UNIQUE (message_id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id),
  FOREIGN KEY (workspace_id, author_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX outbox_by_state ON outbox (state, not_before);
CREATE INDEX outbox_by_conversation ON outbox (conversation_id, id);
CREATE INDEX outbox_to_check ON outbox (check_at);

CREATE TABLE tags (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  color TEXT NOT NULL,
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  CONSTRAINT tags_workspace UNIQUE (workspace_id, id),
  CONSTRAINT tags_name UNIQUE (workspace_id, name),
  FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE conversation_tags (
  workspace_id BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  tag_id BIGINT NOT NULL,
  author_id BIGINT, -- NULL: a rule
  created_at BIGINT NOT NULL,
  PRIMARY KEY (conversation_id, tag_id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id),
  FOREIGN KEY (workspace_id, tag_id) REFERENCES tags (workspace_id, id)
);
CREATE INDEX conversation_tags_by_tag ON conversation_tags (tag_id, conversation_id);

CREATE TABLE rule_lists (
  workspace_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  rules TEXT NOT NULL,
  author_id BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, version),
  FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE read_marks (
  agent_id BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  workspace_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  inbound_count BIGINT NOT NULL,
  PRIMARY KEY (agent_id, conversation_id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id)
);

CREATE TABLE facts (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  account_id BIGINT,
  conversation_id BIGINT,
  episode_id BIGINT,
  message_id BIGINT,
  actor_id BIGINT,
  why_zh TEXT NOT NULL,
  why_en TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE INDEX facts_by_conversation ON facts (conversation_id, at, id);
CREATE INDEX facts_by_kind ON facts (workspace_id, kind, at);

CREATE TABLE changes (
  workspace_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind TEXT NOT NULL,
  ref_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL DEFAULT 0,
  at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX changes_by_age ON changes (at);

CREATE TABLE dead_letters (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  raw BLOB NOT NULL,
  raw_hash TEXT NOT NULL, -- a re-read overlap meets the same item again
  created_at BIGINT NOT NULL,
  replayed_at BIGINT,
  CONSTRAINT dead_letters_once UNIQUE (account_id, raw_hash),
  FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id)
);

-- +goose Down
DROP TABLE dead_letters;
DROP TABLE changes;
DROP TABLE facts;
DROP TABLE read_marks;
DROP TABLE rule_lists;
DROP TABLE conversation_tags;
DROP TABLE tags;
DROP TABLE outbox;
DROP TABLE attachments;
DROP TABLE media;
DROP TABLE messages;
DROP TABLE episodes;
DROP TABLE conversations;
DROP TABLE posts;
DROP TABLE contact_accounts;
DROP TABLE contacts;
DROP TABLE sources;
DROP TABLE agent_accounts;
DROP TABLE accounts;
DROP TABLE skill_group_agents;
DROP TABLE skill_groups;
DROP TABLE agents;
DROP TABLE quota_buckets;
DROP TABLE leases;
DROP TABLE oauth_states;
DROP TABLE sign_in_failures;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE workspaces;
