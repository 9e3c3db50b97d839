-- Organizations' keys have generations, each in one provider. One is active and wraps; retiring ones only unwrap until all is wrapped anew.
alter table platform.organization_keys
    add column generation   int not null default 1 check (generation >= 1),
    add column provider     text not null default 'software',
    add column state        text not null default 'active' check (state in ('active', 'retiring', 'destroyed', 'left')),
    -- When it became retiring: it is destroyed no sooner than a while after, as a transaction that wrapped under it may still be open.
    add column retired_at   timestamptz,
    add column destroyed_at timestamptz,
    -- What the provider said when it was last asked whether the key may be used; null if it may.
    add column problem      text,
    add column checked_at   timestamptz,
    -- Since when the provider refuses; null while it doesn't.
    add column refused_since timestamptz,
    drop constraint organization_keys_pkey,
    add primary key (organization_id, generation);
create unique index on platform.organization_keys (organization_id) where state = 'active';

-- Whether an organization is sealed. The epoch grows with every change, so that a service can say which sealing it has carried out.
create table platform.organization_seals (
    organization_id uuid primary key,
    epoch           bigint not null default 1,
    sealed          boolean not null,
    -- A sentence for people: who sealed it, or why its key's provider refuses.
    reason          text not null,
    changed_at      timestamptz not null default now()
);

-- Progress of what is done with an organization's key as a whole.
create table platform.key_operations (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    verb            text not null check (verb in ('seal', 'unseal', 'rotate')),
    -- Where the new generation goes; of a rotation.
    provider        text,
    state           text not null default 'running' check (state in ('running', 'succeeded', 'failed', 'superseded')),
    message         text not null default 'Waiting for a reconciler to take it up.',
    steps           jsonb not null default '[]',
    created_at      timestamptz not null default now(),
    finished_at     timestamptz
);
create index on platform.key_operations (organization_id, created_at desc);

-- Every organization with a key is looked after from now on.
insert into reconciling.signals (kind, id)
select 'organization-key', organization_id from platform.organization_keys where organization_id <> '00000000-0000-0000-0000-000000000000';
