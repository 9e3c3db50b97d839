-- How much an organization, or a space of it, may have at once. No row, or null: no limit.
create table platform.quotas (
    organization_id uuid not null references platform.organizations,
    -- Null: of the organization as a whole, set by the operator. Else of one space, set by the organization.
    space_id        uuid,
    cpus            bigint check (cpus >= 0),
    memory_bytes    bigint check (memory_bytes >= 0),
    storage_bytes   bigint check (storage_bytes >= 0),
    -- The most resources of a kind, e.g. {"postgres": 5}.
    resources       jsonb not null default '{}',
    unique nulls not distinct (organization_id, space_id),
    foreign key (organization_id, space_id) references platform.spaces (organization_id, id) on delete cascade
);

-- What each resource takes: written in the transaction that admits it, gone with its row.
create table platform.demands (
    resource_id     uuid primary key references platform.resources on delete cascade,
    organization_id uuid not null references platform.organizations,
    space_id        uuid not null,
    kind            text not null,
    cpus            bigint not null check (cpus >= 0),
    memory_bytes    bigint not null check (memory_bytes >= 0),
    storage_bytes   bigint not null check (storage_bytes >= 0)
);
create index on platform.demands (organization_id, space_id);

-- What was admitted before there were quotas; sizes and units as they were then.
insert into platform.demands (resource_id, organization_id, space_id, kind, cpus, memory_bytes, storage_bytes)
    select r.id, s.organization_id, s.id, r.kind,
           case r.spec->>'size' when 's2' then 2 when 's4' then 4 when 's8' then 8 else 1 end,
           (case r.spec->>'size' when 's2' then 4 when 's4' then 16 when 's8' then 32 else 1 end)::bigint << 30,
           substring(r.spec->>'storage' from '^[0-9]+')::bigint << case substring(r.spec->>'storage' from '[A-Za-z]+$') when 'MiB' then 20 when 'TiB' then 40 else 30 end
    from platform.resources r join platform.spaces s on s.id = r.space_id
    where r.kind = 'postgres' and r.spec->>'storage' ~ '^[0-9]+(MiB|GiB|TiB)$';
