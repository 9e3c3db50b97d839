-- The platform's own state. Migrations are numbered over all assemblies: 00xx reconciling, 01xx platform, 02xx services.

create schema platform;

create table platform.organizations (
    id          uuid primary key,
    name        text not null unique,
    created_at  timestamptz not null default now()
);

create table platform.spaces (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    name            text not null,
    classification  text not null check (classification in ('open', 'internal', 'sensitive', 'health')),
    zone            text not null,
    -- Which /24 of the zone's range is the space's: see SpaceSubnet.
    network_index   int  not null check (network_index >= 0),
    created_at      timestamptz not null default now(),
    unique (organization_id, name),
    unique (zone, network_index)
);

-- Operator's principals have no organization; customers' have one. The full identity model replaces these two tables.
create table platform.principals (
    id              uuid primary key,
    organization_id uuid references platform.organizations,
    name            text not null,
    created_at      timestamptz not null default now(),
    unique nulls not distinct (organization_id, name)
);

create table platform.tokens (
    sha256       bytea primary key check (octet_length(sha256) = 32),
    principal_id uuid not null references platform.principals on delete cascade,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz
);

-- Desired and observed state of everything customers have.
create table platform.resources (
    id                    uuid primary key,
    kind                  text not null,
    space_id              uuid not null references platform.spaces,
    name                  text not null,
    labels                jsonb not null default '{}',
    generation            bigint not null default 1,
    -- Grows with every change of anything shown; the ETag.
    revision              bigint not null default 1,
    spec                  jsonb not null,
    status                jsonb not null,
    -- The reconciler's own notes (ids it allotted, say); never shown.
    internal              jsonb not null default '{}',
    operation_id          uuid,
    created_at            timestamptz not null default now(),
    updated_at            timestamptz not null default now(),
    deletion_requested_at timestamptz,
    unique (space_id, kind, name)
);

create table platform.operations (
    id            uuid primary key,
    space_id      uuid not null references platform.spaces,
    resource_id   uuid not null,
    resource_kind text not null,
    resource_name text not null,
    verb          text not null check (verb in ('create', 'update', 'delete')),
    -- The generation of the spec that it brings about.
    generation    bigint not null,
    state         text not null check (state in ('running', 'succeeded', 'superseded')),
    message       text not null default '',
    steps         jsonb not null default '[]',
    created_at    timestamptz not null default now(),
    finished_at   timestamptz
);
create index on platform.operations (space_id, created_at desc);
create index on platform.operations (resource_id) where state = 'running';

create table platform.idempotency_keys (
    principal_id   uuid not null,
    key            text not null check (length(key) between 1 and 255),
    request_sha256 bytea not null,
    status         int not null,
    headers        jsonb not null,
    body           text not null,
    created_at     timestamptz not null default now(),
    primary key (principal_id, key)
);

-- Changes, for event streams. Rows older than a day may be removed.
create table platform.events (
    sequence      bigint generated always as identity primary key,
    space_id      uuid not null,
    type          text not null check (type in ('resource', 'operation', 'deleted')),
    resource_kind text not null,
    resource_name text not null,
    resource_id   uuid not null,
    operation_id  uuid,
    -- To hide rows of transactions that an earlier, still open one may yet precede.
    xid           xid8 not null default pg_current_xact_id(),
    at            timestamptz not null default now()
);
create index on platform.events (space_id, sequence);

-- Which organizations have a key, and its fingerprint: a key that is lost is then noticed and never replaced in silence.
-- The zero id is the platform itself.
create table platform.organization_keys (
    organization_id uuid primary key,
    fingerprint     bytea not null check (octet_length(fingerprint) = 8),
    created_at      timestamptz not null default now()
);

-- Keys of resources, wrapped by their organization's key. Destroying a key deletes its row; the ledger keeps the fact.
create table platform.resource_keys (
    id              uuid primary key,
    organization_id uuid not null,
    resource_id     uuid not null,
    purpose         text not null,
    generation      int not null default 1,
    wrapped         bytea not null,
    created_at      timestamptz not null default now(),
    unique (resource_id, purpose, generation)
);

-- Secret values, encrypted under a resource's key (or under the organization's, for those of a space).
create table platform.secrets (
    owner_id   uuid not null,
    name       text not null,
    sealed     bytea not null,
    created_at timestamptz not null default now(),
    primary key (owner_id, name)
);

-- Certificate authorities: the platform's for agents, and one per space for its servers. Private keys are sealed.
create table platform.authorities (
    owner_id    uuid not null,
    purpose     text not null,
    certificate bytea not null,
    sealed_key  bytea not null,
    created_at  timestamptz not null default now(),
    primary key (owner_id, purpose)
);

-- One row an instance: how its agent proves itself, what it shall do and what it last said.
create table platform.agents (
    instance_id     uuid primary key,
    resource_id     uuid not null,
    space_id        uuid not null,
    token_sha256    bytea,
    token_expires_at timestamptz,
    enrolled_key_sha256 bytea,
    certificate_used_at timestamptz,
    certificate_not_after timestamptz,
    desired_version bigint not null default 0,
    desired         bytea,
    facts           bytea,
    last_seen_at    timestamptz
);
create index on platform.agents (resource_id);

-- Append-only: who did what on what, with the hash of the entry before. See Ledger/.
create table platform.ledger (
    sequence        bigint primary key,
    organization_id uuid,
    -- The entry exactly as it was hashed.
    entry           text not null,
    previous_sha256 bytea not null check (octet_length(previous_sha256) = 32),
    sha256          bytea not null unique check (octet_length(sha256) = 32)
);
create index on platform.ledger (organization_id, sequence);

create function platform.refuse_change() returns trigger language plpgsql as
$$ begin raise exception 'the ledger is append-only' using errcode = 'insufficient_privilege'; end $$;
create trigger ledger_append_only before update or delete on platform.ledger
    for each row execute function platform.refuse_change();
create trigger ledger_no_truncate before truncate on platform.ledger
    for each statement execute function platform.refuse_change();
