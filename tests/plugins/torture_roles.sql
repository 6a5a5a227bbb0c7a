-- The roles of torture_rights.sql. They belong to a whole server, so they may be there already.
DO $$ DECLARE r text; BEGIN
  FOREACH r IN ARRAY ARRAY['tor owner', 'tor"other', 'tor reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I', r); END IF;
  END LOOP; END $$;
