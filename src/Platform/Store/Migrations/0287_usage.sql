-- What each resource is to take from when on. Written by the store itself, in the transaction that admits, changes, stops or deletes the resource: no code
-- can forget it, and what is rolled back never was. It stays when the resource is gone.
create table platform.usage_changes (
    id              bigint generated always as identity primary key,
    -- To the second. Never before an hour that is recorded already, nor before the resource's change before, whatever a clock says.
    at              timestamptz not null,
    resource_id     uuid not null,
    organization_id uuid not null references platform.organizations,
    space_id        uuid not null,
    -- As they were called.
    space           text not null,
    kind            text not null,
    name            text not null,
    -- kept: deleted, and can be brought back until ends_at.
    state           text not null check (state in ('running', 'stopped', 'kept', 'deleted')),
    ends_at         timestamptz,
    cpus            bigint not null,
    memory_bytes    bigint not null,
    storage_bytes   bigint not null,
    nodes           bigint not null
);
create index on platform.usage_changes (resource_id, id);
create index on platform.usage_changes (at);

-- What was taken in each whole hour.
create table platform.usage_hours (
    resource_id          uuid not null,
    hour                 timestamptz not null check (extract(epoch from hour)::bigint % 3600 = 0),
    organization_id      uuid not null references platform.organizations,
    space_id             uuid not null,
    space                text not null,
    kind                 text not null,
    name                 text not null,
    running_seconds      int not null check (running_seconds between 0 and 3600),
    stopped_seconds      int not null check (stopped_seconds >= 0 and running_seconds + stopped_seconds between 1 and 3600),
    node_seconds         bigint not null,
    cpu_seconds          bigint not null,
    memory_byte_seconds  bigint not null,
    storage_byte_seconds bigint not null,
    -- Null: not known.
    backup_byte_seconds  bigint,
    primary key (resource_id, hour)
);
create index on platform.usage_hours (organization_id, hour);
create index on platform.usage_hours (hour);

-- Up to where hours are recorded. Whoever records the next holds this row.
create table platform.usage_progress (
    only_one      boolean primary key default true check (only_one),
    -- Before that nothing is known.
    recorded_from timestamptz not null,
    closed_until  timestamptz not null
);
insert into platform.usage_progress (recorded_from, closed_until) values (date_trunc('second', now()), date_trunc('hour', now(), 'UTC'));

-- Beside what a quota counts.
alter table platform.demands add column nodes bigint not null default 1 check (nodes > 0), add column stopped boolean not null default false;
update platform.demands d
set nodes = case when r.spec->>'availability' in ('ha', 'ha-strict') then 3 else 1 end, stopped = coalesce((r.spec->>'stopped')::boolean, false)
from platform.resources r where r.id = d.resource_id and r.kind = 'postgres';

-- Writes down what a resource takes now, if that is another than before.
create function platform.note_usage(which uuid) returns void language plpgsql as $$
declare
    last platform.usage_changes;
begin
    -- Who records hours waits for this transaction's end, or this one until the other has read the clock.
    lock table platform.usage_changes in row exclusive mode;
    select * into last from platform.usage_changes where resource_id = which order by id desc limit 1;
    insert into platform.usage_changes (at, resource_id, organization_id, space_id, space, kind, name, state, ends_at, cpus, memory_bytes, storage_bytes, nodes)
    select greatest(date_trunc('second', clock_timestamp()), (select closed_until from platform.usage_progress), last.at),
           which, w.organization_id, w.space_id, w.space, w.kind, w.name, w.state, w.ends_at, w.cpus, w.memory_bytes, w.storage_bytes, w.nodes
    from (
        select d.organization_id, d.space_id, s.name as space, r.kind, r.name,
               case when r.deletion_requested_at is null then case when d.stopped then 'stopped' else 'running' end
                    when r.delete_after is null then 'deleted' else 'kept' end as state,
               case when r.deletion_requested_at is not null then date_trunc('second', r.delete_after) end as ends_at,
               d.cpus, d.memory_bytes, d.storage_bytes, d.nodes
        from platform.demands d join platform.resources r on r.id = d.resource_id join platform.spaces s on s.id = d.space_id
        where d.resource_id = which
        union all
        select last.organization_id, last.space_id, last.space, last.kind, last.name, 'deleted', null, 0, 0, 0, 0
        where last.id is not null and not exists (select 1 from platform.demands where resource_id = which)) w
    where last.id is null
       or (last.state, last.ends_at, last.cpus, last.memory_bytes, last.storage_bytes, last.nodes) is distinct from (w.state, w.ends_at, w.cpus, w.memory_bytes, w.storage_bytes, w.nodes)
          and not (last.state = 'deleted' and w.state = 'deleted');
end $$;

create function platform.note_usage_of_demand() returns trigger language plpgsql as $$
begin
    perform platform.note_usage(case when tg_op = 'DELETE' then old.resource_id else new.resource_id end);
    return null;
end $$;
create trigger note_usage after insert or update or delete on platform.demands for each row execute function platform.note_usage_of_demand();

create function platform.note_usage_of_resource() returns trigger language plpgsql as $$
begin
    perform platform.note_usage(new.id) where exists (select 1 from platform.demands where resource_id = new.id);
    return null;
end $$;
create trigger note_usage after update of deletion_requested_at, delete_after on platform.resources for each row
    when (old.deletion_requested_at is distinct from new.deletion_requested_at or old.delete_after is distinct from new.delete_after)
    execute function platform.note_usage_of_resource();

-- What is there already is known from now on.
select platform.note_usage(resource_id) from platform.demands;
