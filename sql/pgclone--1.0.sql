\echo Use "CREATE EXTENSION pgclone" to load this file. \quit

-- The journal: what every background job is, and how far it came. Written by the job itself as the
-- extension's owner, each task's row in that task's own transaction; never holds a secret. It isn't
-- part of dumps: it is about this server's jobs.
CREATE TABLE pgclone.job (
  job_id integer PRIMARY KEY,
  owner name NOT NULL,
  owner_oid oid,
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
  resumed_by integer,
  start_time timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  end_time timestamptz,
  tables_total bigint NOT NULL DEFAULT 0,
  tables_completed bigint NOT NULL DEFAULT 0,
  bytes_total bigint NOT NULL DEFAULT 0,
  rows_copied bigint NOT NULL DEFAULT 0,
  bytes_copied bigint NOT NULL DEFAULT 0,
  retries integer NOT NULL DEFAULT 0,
  failed_tasks bigint NOT NULL DEFAULT 0,
  warnings bigint NOT NULL DEFAULT 0,
  error_sqlstate text,
  error_message text,
  error_detail text,
  error_hint text,
  error_context text
);
COMMENT ON TABLE pgclone.job IS
  'Journal: one row per background job. Read it through the view pgclone.jobs_view.';
COMMENT ON COLUMN pgclone.job.owner_oid IS
  'The role whose job it is. A name may pass to another role, an OID does not.';
COMMENT ON COLUMN pgclone.job.resumed_by IS
  'The job that has taken over what this one knew. It stays when that job is cleared.';
COMMENT ON COLUMN pgclone.job.staging_schema IS
  'Where replace builds. It passes to the job that resumes this one.';

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
  -- What was told, as psql shows it: severity, message, DETAIL and HINT on lines of their own.
  notices text[] NOT NULL DEFAULT '{}',
  error_sqlstate text,
  error_message text,
  error_detail text,
  error_hint text,
  error_context text,
  PRIMARY KEY (job_id, task_id)
);
COMMENT ON TABLE pgclone.task IS
  'Journal: one row per task of a background job. Read it through the view pgclone.tasks.';

-- What a job that resumes another one took over from it when it began: the steps that were finished
-- there, or that it had taken over itself, and the objects that prove them. A plan keeps of this
-- what it doesn't do again.
CREATE TABLE pgclone.inherited (
  job_id integer NOT NULL REFERENCES pgclone.job ON DELETE CASCADE,
  step text NOT NULL,
  object_names text[] NOT NULL,
  object_classes oid[] NOT NULL,
  object_oids oid[]
);
CREATE INDEX inherited_job_id ON pgclone.inherited (job_id);
COMMENT ON TABLE pgclone.inherited IS
  'Journal: what a resumed job knows to be finished by the jobs before it.';

CREATE SEQUENCE pgclone.job_id_seq AS integer;
COMMENT ON SEQUENCE pgclone.job_id_seq IS 'Numbers of background jobs.';

-- Synchronous clones.

CREATE FUNCTION pgclone.table(
  source_conninfo text,
  schema_name text,
  table_name text,
  include_data boolean DEFAULT true,
  target_table_name text DEFAULT NULL,
  options jsonb DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE CALLED ON NULL INPUT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_table';
COMMENT ON FUNCTION pgclone.table(text, text, text, boolean, text, jsonb) IS
$$Clones one table from another server, in the caller's transaction; returns a one-line summary.
source_conninfo: a libpq connection string, a URI, or the name of a foreign server.
schema_name, table_name: exact names on the source; the schema has to exist here as well.
include_data: false creates the table without its rows.
target_table_name: the name here; NULL for the same.
options: a JSON object, see the documentation; unknown keys and wrong types are errors.
Any failure is an error that rolls everything back; ROLLBACK undoes the clone.$$;

CREATE FUNCTION pgclone.schema(
  source_conninfo text,
  schema_name text,
  include_data boolean DEFAULT true,
  options jsonb DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE CALLED ON NULL INPUT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_schema';
COMMENT ON FUNCTION pgclone.schema(text, text, boolean, jsonb) IS
$$Clones a whole schema from another server, in the caller's transaction; returns a one-line summary.
Parameters and errors are those of pgclone.table().$$;

-- Background jobs.

CREATE FUNCTION pgclone.table_async(
  source_conninfo text,
  schema_name text,
  table_name text,
  include_data boolean DEFAULT true,
  target_table_name text DEFAULT NULL,
  options jsonb DEFAULT NULL
) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE CALLED ON NULL INPUT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_table_async';
COMMENT ON FUNCTION pgclone.table_async(text, text, text, boolean, text, jsonb) IS
$$Starts a background job that clones one table; returns the job's number.
Parameters are those of pgclone.table(). The job starts at once and runs as the calling role, in
transactions of its own: what the caller's transaction does later doesn't touch it, and it doesn't
see what that transaction has not committed.
Errors: 55000 when pgclone is not in shared_preload_libraries; 53400 when all pgclone.max_jobs slots
are busy; 53000 when no background worker is free (max_worker_processes).$$;

CREATE FUNCTION pgclone.schema_async(
  source_conninfo text,
  schema_name text,
  include_data boolean DEFAULT true,
  options jsonb DEFAULT NULL
) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE CALLED ON NULL INPUT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_schema_async';
COMMENT ON FUNCTION pgclone.schema_async(text, text, boolean, jsonb) IS
$$Starts a background job that clones a whole schema; returns the job's number.
Parameters are those of pgclone.schema(), errors those of pgclone.table_async().$$;

CREATE FUNCTION pgclone.submit(strategy text, source_conninfo text, spec jsonb) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE CALLED ON NULL INPUT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_submit';
COMMENT ON FUNCTION pgclone.submit(text, text, jsonb) IS
$$Starts a background job with any clone strategy; returns the job's number.
strategy: a strategy of kind clone in the view pgclone.strategies.
spec: {"schema": …, "table": …, "target_table": …, "include_data": …, "options": {…}}.
Errors are those of pgclone.table_async().$$;

CREATE FUNCTION pgclone.cancel(job_id integer) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_cancel';
COMMENT ON FUNCTION pgclone.cancel(integer) IS
$$Asks a background job to stop, at once and on both servers; returns true. The job then ends as
cancelled; pgclone.wait() waits for that. Finished work stays and can be resumed.
Errors: 42704 for an unknown job (or one of a role that the caller is no member of), 55000 for a job
that has already ended.$$;

CREATE FUNCTION pgclone.resume(job_id integer, source_conninfo text DEFAULT NULL) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE CALLED ON NULL INPUT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_resume';
COMMENT ON FUNCTION pgclone.resume(integer, text) IS
$$Starts a new job that goes on where a failed, cancelled or interrupted one ended; returns the new
job's number. It plans again, keeps what is proven finished, and takes a new snapshot.
source_conninfo: needed when the first one had a password, which is never stored; NULL uses the first.
Somebody else's job then runs with the caller's rights: a WARNING names whose it is.
Errors: 42704 for an unknown job, 55000 for a job that is completed, still running or already
resumed, 22023 when a connection string is needed.$$;

CREATE FUNCTION pgclone.wait(job_id integer, timeout interval DEFAULT NULL) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE CALLED ON NULL INPUT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_wait';
COMMENT ON FUNCTION pgclone.wait(integer, interval) IS
$$Waits until a job has ended, without polling; returns its status: completed, failed or cancelled.
timeout: when it has passed, the present status is returned; NULL waits without limit.
Errors: 42704 for an unknown job, 22023 for a negative timeout.$$;

CREATE FUNCTION pgclone.clear_jobs() RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_clear_jobs';
COMMENT ON FUNCTION pgclone.clear_jobs() IS
$$Forgets the caller's jobs that have ended (a superuser: everybody's) and their tasks; returns how
many. A forgotten job can't be resumed. What a job has cloned stays.$$;

-- Looking at jobs.

CREATE FUNCTION pgclone.progress(job_id integer) RETURNS json
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_progress';
COMMENT ON FUNCTION pgclone.progress(integer) IS
$$One job as a JSON object: job_id, status, phase, tables_completed, tables_total, rows_copied,
bytes_copied, bytes_total (an estimate), current_table, pct_complete, elapsed_ms, eta_ms, error
({"sqlstate", "message", "detail", "hint"} or null), and more. Error: 42704 for an unknown job.$$;

CREATE FUNCTION pgclone.jobs() RETURNS json
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_jobs';
COMMENT ON FUNCTION pgclone.jobs() IS
  'All jobs that the caller may see, as a JSON array of the objects of pgclone.progress().';

CREATE FUNCTION pgclone.progress_detail(
  OUT job_id integer,
  OUT parent_job_id integer,
  OUT status text,
  OUT op_type text,
  OUT schema_name text,
  OUT table_name text,
  OUT current_phase text,
  OUT current_table text,
  OUT tables_total bigint,
  OUT tables_completed bigint,
  OUT rows_copied bigint,
  OUT bytes_copied bigint,
  OUT bytes_total bigint,
  OUT elapsed_ms bigint,
  OUT start_time timestamptz,
  OUT end_time timestamptz,
  OUT error_message text,
  OUT pct_complete numeric,
  OUT progress_bar text,
  OUT elapsed_time text,
  OUT eta text,
  OUT owner text,
  OUT database text,
  OUT source text,
  OUT snapshot_id text,
  OUT retries bigint,
  OUT resumed_from integer,
  OUT warnings bigint
) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT ROWS 20
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_progress_detail';
COMMENT ON FUNCTION pgclone.progress_detail() IS
$$A row per job that the caller may see, and per worker of a running one (its parent_job_id is set).
Times are in milliseconds or as hh:mm:ss. A job whose server stopped under it shows as failed.$$;

CREATE FUNCTION pgclone.task_detail(
  OUT job_id integer,
  OUT task_id integer,
  OUT kind text,
  OUT label text,
  OUT status text,
  OUT rows_copied bigint,
  OUT bytes_copied bigint,
  OUT retries integer,
  OUT start_time timestamptz,
  OUT end_time timestamptz,
  OUT notices text[],
  OUT error_sqlstate text,
  OUT error_message text,
  OUT error_detail text,
  OUT error_hint text
) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_task_detail';
COMMENT ON FUNCTION pgclone.task_detail() IS 'The rows of the view pgclone.tasks.';

CREATE FUNCTION pgclone.strategy_detail(
  OUT id text,
  OUT kind text,
  OUT summary text,
  OUT plugin text,
  OUT version text,
  OUT file text,
  OUT enabled boolean,
  OUT error text
) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT ROWS 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_strategy_detail';
COMMENT ON FUNCTION pgclone.strategy_detail() IS 'The rows of the view pgclone.strategies.';

CREATE FUNCTION pgclone.version() RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'pgclone_version';
COMMENT ON FUNCTION pgclone.version() IS 'The version of the library that this server has loaded.';

-- Who a job belongs to is told by the process that runs it, not by the one statement that writes it.
CREATE FUNCTION pgclone.current_job_owner() RETURNS oid
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pgclone_current_job_owner';
COMMENT ON FUNCTION pgclone.current_job_owner() IS
  'For the journal: the owner of the job that this process runs; NULL in any other session.';
ALTER TABLE pgclone.job ALTER COLUMN owner_oid SET DEFAULT pgclone.current_job_owner();

-- The functions show only what the caller may see, so the views need no condition of their own.

CREATE VIEW pgclone.jobs_view WITH (security_barrier) AS
  SELECT * FROM pgclone.progress_detail();
COMMENT ON VIEW pgclone.jobs_view IS
  'Background jobs of this database that the caller may see: his own, and those of roles he is a member of.';

CREATE VIEW pgclone.tasks WITH (security_barrier) AS
  SELECT * FROM pgclone.task_detail();
COMMENT ON VIEW pgclone.tasks IS
  'Tasks of the jobs in pgclone.jobs_view, each with its own verdict and notices.';

CREATE VIEW pgclone.strategies WITH (security_barrier) AS
  SELECT * FROM pgclone.strategy_detail();
COMMENT ON VIEW pgclone.strategies IS
  'Strategies of all plugins found: kind clone, conflict or snapshot; enabled by the setting pgclone.strategies; why a plugin could not be loaded.';

-- Rights. Nothing is for everybody; see the comment on the schema for what to grant.

ALTER TABLE pgclone.job ENABLE ROW LEVEL SECURITY;
ALTER TABLE pgclone.task ENABLE ROW LEVEL SECURITY;
ALTER TABLE pgclone.inherited ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_jobs ON pgclone.job FOR SELECT
  USING (pg_catalog.pg_has_role(owner_oid, 'MEMBER'));
CREATE POLICY own_tasks ON pgclone.task FOR SELECT
  USING (EXISTS (
    SELECT FROM pgclone.job
    WHERE job.job_id OPERATOR(pg_catalog.=) task.job_id
      AND pg_catalog.pg_has_role(job.owner_oid, 'MEMBER')));

REVOKE ALL ON ALL TABLES IN SCHEMA pgclone FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA pgclone FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgclone FROM PUBLIC;

COMMENT ON SCHEMA pgclone IS
$$Clones tables and schemas from other servers. To let a role use it:
  GRANT USAGE ON SCHEMA pgclone TO r;
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO r;
  GRANT SELECT ON pgclone.jobs_view, pgclone.tasks, pgclone.strategies TO r;
A clone runs with the role's own rights, whatever is granted here.$$;
