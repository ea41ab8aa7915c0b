-- What `db/distribution.py` asks of Citus, on plain PostgreSQL: it notes what it is told and refuses what Citus refuses
-- (commands/create_distributed_table.c and commands/foreign_constraint.c of its source), but spreads nothing.
create table public.pg_dist_partition (
  logicalrelid regclass primary key, partmethod "char" not null, repmodel "char" not null, key text, place serial
);
create table public.pg_dist_node (
  nodename text, nodeport int, groupid int, isactive bool not null default true, shouldhaveshards bool not null default true
);
create table public.pg_dist_object (name regprocedure primary key);
create table public.node_answer (success bool, result text);
insert into public.pg_dist_node values ('127.0.0.1', 5432, 0, true, false), ('127.0.0.1', 5433, 1, true, true);
insert into public.node_answer values (true, '2');
grant all on public.pg_dist_partition, public.pg_dist_object, public.pg_dist_partition_place_seq to lx_migrator;
grant select on public.pg_dist_node, public.node_answer to lx_migrator;

create function public.run_command_on_workers(command text)
  returns table (nodename text, nodeport int, success bool, result text) language sql
  as $$ select n.nodename, n.nodeport, a.success, a.result from pg_dist_node n, node_answer a where n.groupid > 0 $$;

create function public.create_distributed_function(function_name regprocedure) returns void language sql
  as $$ insert into pg_dist_object values (function_name) $$;

create function public.create_reference_table(table_name regclass) returns void language plpgsql as $$ begin
  if exists (select from pg_dist_partition where logicalrelid = table_name) then
    raise 'table "%" is already distributed', table_name;
  end if;
  insert into pg_dist_partition values (table_name, 'n', 't');
end $$;

create function public.create_distributed_table(
  table_name regclass, distribution_column text, distribution_type text default 'hash',
  colocate_with text default 'default', shard_count int default null
) returns void language plpgsql as $$
declare
  number smallint := (select attnum from pg_attribute where attrelid = table_name and attname = distribution_column);
  wrong text;
begin
  if number is null then
    raise 'column "%" of relation "%" does not exist', distribution_column, table_name;
  elsif exists (select from pg_dist_partition where logicalrelid = table_name) then
    raise 'table "%" is already distributed', table_name;
  elsif exists (select from pg_trigger where tgrelid = table_name and not tgisinternal) then
    raise 'cannot distribute relation "%" because it has triggers', table_name;
  elsif colocate_with = 'none' then
    if exists (select from pg_dist_partition where partmethod = 'h') then
      raise 'table "%" would not lie beside the others', table_name;
    end if;
  elsif not exists (select from pg_dist_partition where logicalrelid = colocate_with::regclass and partmethod = 'h') then
    raise 'relation "%" is not distributed', colocate_with;
  end if;

  select indexrelid::regclass::text into wrong from pg_index
    where indrelid = table_name and (indisunique or indisexclusion) and number <> all(indkey) limit 1;
  if wrong is not null then
    raise 'cannot create constraint on "%": % does not include the partition column', table_name, wrong;
  end if;

  select conname into wrong from pg_constraint k
    where contype = 'f' and conrelid = table_name and confrelid <> table_name
      and not exists (select from pg_dist_partition where logicalrelid = k.confrelid) limit 1;
  if wrong is not null then
    raise 'referenced table of % must be a distributed table or a reference table', wrong;
  end if;
  select conname into wrong from pg_constraint k
    where contype = 'f' and confrelid = table_name and conrelid <> table_name
      and not exists (select from pg_dist_partition where logicalrelid = k.conrelid) limit 1;
  if wrong is not null then
    raise 'foreign key % from a local to a distributed table is not supported', wrong;
  end if;

  select d.refobjid::regprocedure::text into wrong
    from pg_policy p join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
    where p.polrelid = table_name and d.refclassid = 'pg_proc'::regclass
      and not exists (select from pg_dist_object where name = d.refobjid) limit 1;
  if wrong is not null then
    raise 'function % of a policy does not exist on the workers', wrong;
  end if;
  insert into pg_dist_partition values (table_name, 'h', 's', distribution_column);
end $$;
