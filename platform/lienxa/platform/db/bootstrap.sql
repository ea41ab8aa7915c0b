-- The part of the database that only a superuser can make; migrations make the rest as lx_owner.
-- Run it in the service's own database. It may be run again: what is there stays. Passwords are set elsewhere.
-- Roles and why they are so: docs/adr and the table in README; PostgreSQL 15 to 18.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'lx_owner') then
    create role lx_owner nologin nobypassrls nosuperuser nocreatedb nocreaterole;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'lx_migrator') then
    create role lx_migrator login bypassrls inherit nosuperuser nocreatedb nocreaterole;
    grant lx_owner to lx_migrator;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'lx_app') then
    create role lx_app login nobypassrls nosuperuser nocreatedb nocreaterole;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'lx_operator') then
    -- NOINHERIT before the grant means "inherit false, set true" on every version: it may become lx_app, with a
    -- tenant bound, but never has its rights by itself.
    create role lx_operator login noinherit nobypassrls nosuperuser nocreatedb nocreaterole;
    grant lx_app to lx_operator;
  end if;
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to lx_migrator, lx_app, lx_operator', current_database());
  -- A restore copies lines into a table of its own first: PostgreSQL refuses COPY into tables with row security.
  execute format('grant temporary on database %I to lx_app', current_database());
end
$$;

create extension if not exists unaccent schema public;
create extension if not exists pg_trgm schema public;
create extension if not exists btree_gist schema public;
create extension if not exists btree_gin schema public;

create schema if not exists app authorization lx_owner;
create schema if not exists control authorization lx_owner;
create schema if not exists rollup authorization lx_owner;
grant usage on schema app, control, rollup to lx_app;
grant usage on schema control to lx_operator;

-- What is stored beside a text to be found without diacritics. Every name carries its schema: pg_restore runs with an
-- empty search path and loses a table whose generated column cannot be inlined.
create or replace function app.norm(value text) returns text
  language sql immutable strict parallel safe
  return pg_catalog.lower(public.unaccent('public.unaccent'::regdictionary, value));

-- ILIKE and @@ are not leakproof, so under row security no index serves them (0.2 ms become 43 ms). These are the same
-- functions under our names, called leakproof: whoever could learn a bit through their errors can bind another tenant
-- anyway. In our schema, because pg_dump does not carry a change of a function of pg_catalog.
create or replace function app.contains_ci(text, text) returns boolean
  language internal immutable strict leakproof parallel safe as 'texticlike';
create or replace function app.matches(tsvector, tsquery) returns boolean
  language internal immutable strict leakproof parallel safe as 'ts_match_vq';

-- Compiling costs small statements more than it gives. A pooler passes on no setting of a client's, so the logins have it.
alter role lx_app set jit = off;
alter role lx_operator set jit = off;

do $$
begin
  if exists (select from pg_catalog.pg_opclass where opcname = 'gin_trgm_lp_ops') then
    return;
  end if;

  create operator app.~~~* (
    leftarg = text, rightarg = text, function = app.contains_ci, restrict = iclikesel, join = iclikejoinsel
  );
  create operator class app.gin_trgm_lp_ops for type text using gin as
    operator 4 app.~~~* (text, text),
    function 1 pg_catalog.btint4cmp(int4, int4),
    function 2 public.gin_extract_value_trgm(text, internal),
    function 3 public.gin_extract_query_trgm(text, internal, int2, internal, internal, internal, internal),
    function 4 public.gin_trgm_consistent(internal, int2, text, int4, internal, internal, internal, internal),
    function 6 public.gin_trgm_triconsistent(internal, int2, text, int4, internal, internal, internal),
    storage int4;

  create operator app.@@@ (
    leftarg = tsvector, rightarg = tsquery, function = app.matches, restrict = tsmatchsel, join = tsmatchjoinsel
  );
  create operator class app.gin_tsvector_lp_ops for type tsvector using gin as
    operator 1 app.@@@ (tsvector, tsquery),
    function 1 pg_catalog.gin_cmp_tslexeme(text, text),
    function 2 pg_catalog.gin_extract_tsvector(tsvector, internal, internal),
    function 3 pg_catalog.gin_extract_tsquery(tsvector, internal, int2, internal, internal, internal, internal),
    function 4 pg_catalog.gin_tsquery_consistent(internal, int2, tsvector, int4, internal, internal, internal, internal),
    function 5 pg_catalog.gin_cmp_prefix(text, text, int2, internal),
    function 6 pg_catalog.gin_tsquery_triconsistent(internal, int2, tsvector, int4, internal, internal, internal),
    storage text;
end
$$;
