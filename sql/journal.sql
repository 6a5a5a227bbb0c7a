-- The journal: what every background job is, and how far it came. Written by the job itself as the
-- extension's owner, each task's row in that task's own transaction; never holds a secret.
CREATE TABLE pgclone.job (
  job_id integer PRIMARY KEY,
  owner name NOT NULL,
  strategy text NOT NULL,
  spec jsonb NOT NULL,
  options jsonb NOT NULL DEFAULT '{}',
  source text NOT NULL,
  source_has_secret boolean NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
  phase text NOT NULL DEFAULT '',
  snapshot_id text,
  staging_schema text,
  resumed_from integer,
  start_time timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  end_time timestamptz,
  tables_total bigint NOT NULL DEFAULT 0,
  tables_completed bigint NOT NULL DEFAULT 0,
  bytes_total bigint NOT NULL DEFAULT 0,
  rows_copied bigint NOT NULL DEFAULT 0,
  bytes_copied bigint NOT NULL DEFAULT 0,
  retries integer NOT NULL DEFAULT 0,
  failed_tasks bigint NOT NULL DEFAULT 0,
  error_sqlstate text,
  error_message text,
  error_detail text,
  error_hint text,
  error_context text
);
CREATE TABLE pgclone.task (
  job_id integer NOT NULL REFERENCES pgclone.job ON DELETE CASCADE,
  task_id integer NOT NULL,
  key text NOT NULL,
  kind text NOT NULL,
  label text NOT NULL,
  status text NOT NULL
    CHECK (status IN ('pending', 'running', 'completed', 'failed', 'skipped', 'cancelled')),
  steps text[] NOT NULL,
  -- What the task makes, and once it is completed under which OIDs: resume checks them against the
  -- catalog. Names as pg_catalog.to_regclass and its like read them.
  object_names text[] NOT NULL,
  object_classes oid[] NOT NULL,
  object_oids oid[],
  cost bigint NOT NULL,
  rows_copied bigint NOT NULL DEFAULT 0,
  bytes_copied bigint NOT NULL DEFAULT 0,
  retries integer NOT NULL DEFAULT 0,
  start_time timestamptz,
  end_time timestamptz,
  notices text[] NOT NULL DEFAULT '{}',
  error_sqlstate text,
  error_message text,
  error_detail text,
  error_hint text,
  error_context text,
  PRIMARY KEY (job_id, task_id)
);
CREATE SEQUENCE pgclone.job_id_seq AS integer;
