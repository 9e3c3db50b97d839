-- What protects an organization from mistakes and from one person alone. No row: the defaults.
create table platform.organization_safeguards (
    organization_id      uuid primary key references platform.organizations,
    deletion_grace_hours int not null check (deletion_grace_hours between 0 and 8760),
    immediate_deletion   boolean not null,
    two_person_rule      boolean not null,
    changed_at           timestamptz not null default now()
);

-- What waits for a second person. An approved one is used up by the request that it allows, in that request's transaction.
create table platform.approvals (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    action          text not null,
    -- Exactly what was asked for: an approval allows this and nothing like it.
    subject         text not null,
    requested_by    uuid not null,
    requester       text not null,
    state           text not null default 'waiting' check (state in ('waiting', 'approved', 'refused', 'used')),
    decided_by      uuid check (decided_by is distinct from requested_by),
    decider         text,
    requested_at    timestamptz not null default now(),
    expires_at      timestamptz not null,
    decided_at      timestamptz
);
create index on platform.approvals (organization_id, id desc);

-- Until when what is being deleted can be brought back; null for what goes at once, and for what is not being deleted.
alter table platform.resources add column delete_after timestamptz;
