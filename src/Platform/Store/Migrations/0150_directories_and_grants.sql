-- Two directories that share nothing (SecNumCloud 9.6): platform.principals holds customers' users and service accounts and nobody else,
-- platform.operators the operator's people and nobody else. Grants of one can't name anybody of the other: the foreign keys forbid it.

create table platform.operators (
    id              uuid primary key,
    name            text not null unique,
    created_at      timestamptz not null default now(),
    -- An account is usable once its invitation was accepted.
    accepted_at     timestamptz,
    disabled_at     timestamptz
);

-- The operator's roles are these and no others, and no permission is stored: what each may do is in the program, none of it on customers' things.
create table platform.operator_roles (
    operator_id uuid not null references platform.operators on delete cascade,
    role        text not null check (role in ('platform-administrator', 'capacity', 'support', 'platform-auditor')),
    primary key (operator_id, role)
);

create table platform.operator_tokens (
    id           uuid primary key default gen_random_uuid(),
    sha256       bytea not null unique check (octet_length(sha256) = 32),
    operator_id  uuid not null references platform.operators on delete cascade,
    name         text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    -- Kept when it ends, so that it can't be made valid again.
    revoked_at   timestamptz
);
create unique index on platform.operator_tokens (operator_id, name) where revoked_at is null;

insert into platform.operators (id, name, created_at, accepted_at)
    select id, name, created_at, created_at from platform.principals where organization_id is null;
insert into platform.operator_roles (operator_id, role) select id, 'platform-administrator' from platform.operators;
insert into platform.operator_tokens (sha256, operator_id, name, created_at, expires_at)
    select t.sha256, t.principal_id, 'first-' || row_number() over (partition by t.principal_id order by t.created_at), t.created_at,
           coalesce(t.expires_at, now() + interval '365 days')
    from platform.tokens t join platform.operators o on o.id = t.principal_id;
delete from platform.principals where organization_id is null;

alter table platform.principals
    alter column organization_id set not null,
    add column kind text not null default 'user' check (kind in ('user', 'service-account')),
    add column accepted_at timestamptz,
    add column disabled_at timestamptz,
    -- Of a service account: the JSON Web Keys (RFC 7517) whose private halves it signs its assertions with (RFC 7523).
    add column public_keys jsonb,
    add unique (organization_id, id);
update platform.principals set accepted_at = created_at;

alter table platform.tokens
    add column id uuid not null default gen_random_uuid() unique,
    add column name text,
    add column last_used_at timestamptz,
    add column revoked_at timestamptz;
update platform.tokens t set name = 'first-' || n.n, expires_at = coalesce(t.expires_at, now() + interval '365 days')
    from (select sha256, row_number() over (partition by principal_id order by created_at) as n from platform.tokens) n where n.sha256 = t.sha256;
alter table platform.tokens alter column name set not null, alter column expires_at set not null;
create unique index on platform.tokens (principal_id, name) where revoked_at is null;

-- How an invited person, customer's or operator's, gets in for the first time: whoever shows the code whose hash this is.
create table platform.invitations (
    sha256       bytea primary key check (octet_length(sha256) = 32),
    principal_id uuid unique references platform.principals on delete cascade,
    operator_id  uuid unique references platform.operators on delete cascade,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    check (num_nonnulls(principal_id, operator_id) = 1)
);

create table platform.groups (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    name            text not null,
    created_at      timestamptz not null default now(),
    unique (organization_id, name),
    unique (organization_id, id)
);

create table platform.group_members (
    organization_id uuid not null,
    group_id        uuid not null,
    principal_id    uuid not null,
    primary key (group_id, principal_id),
    foreign key (organization_id, group_id) references platform.groups (organization_id, id) on delete cascade,
    foreign key (organization_id, principal_id) references platform.principals (organization_id, id) on delete cascade
);
create index on platform.group_members (principal_id);

-- Roles that an organization made for itself. Which permissions exist is in the program; a name that isn't one allows nothing.
create table platform.roles (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    name            text not null check (name not in ('owner', 'administrator', 'developer', 'reader', 'auditor', 'billing')),
    description     text not null default '' check (length(description) <= 200),
    permissions     text[] not null,
    created_at      timestamptz not null default now(),
    unique (organization_id, name),
    unique (organization_id, id)
);

alter table platform.spaces add unique (organization_id, id);
alter table platform.resources add unique (space_id, id);

-- Who has which role where: in the whole organization, in one space of it, or on one resource of a space.
create table platform.grants (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    principal_id    uuid,
    group_id        uuid,
    role            text check (role in ('owner', 'administrator', 'developer', 'reader', 'auditor', 'billing')),
    custom_role_id  uuid,
    space_id        uuid,
    resource_id     uuid,
    created_at      timestamptz not null default now(),
    check (num_nonnulls(principal_id, group_id) = 1),
    check (num_nonnulls(role, custom_role_id) = 1),
    check (resource_id is null or space_id is not null),
    unique nulls not distinct (principal_id, group_id, role, custom_role_id, space_id, resource_id),
    foreign key (organization_id, principal_id) references platform.principals (organization_id, id) on delete cascade,
    foreign key (organization_id, group_id) references platform.groups (organization_id, id) on delete cascade,
    foreign key (organization_id, custom_role_id) references platform.roles (organization_id, id),
    foreign key (organization_id, space_id) references platform.spaces (organization_id, id) on delete cascade,
    foreign key (space_id, resource_id) references platform.resources (space_id, id) on delete cascade
);
create index on platform.grants (organization_id, principal_id);

-- Until now each user of an organization could do everything in it.
insert into platform.grants (id, organization_id, principal_id, role)
    select gen_random_uuid(), organization_id, id, 'owner' from platform.principals;
