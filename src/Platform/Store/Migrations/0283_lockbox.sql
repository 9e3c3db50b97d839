-- Members' public keys that approve what the operator's people ask for. The private ones are the members' own.
create table platform.lockbox_keys (
    principal_id    uuid primary key references platform.principals on delete cascade,
    organization_id uuid not null references platform.organizations,
    public_key      text not null,
    created_at      timestamptz not null default now()
);

create table platform.lockbox_requests (
    id                uuid primary key,
    organization_id   uuid not null references platform.organizations,
    operator_id       uuid not null,
    operator          text not null,
    space             text not null,
    kind              text not null,
    name              text not null,
    -- As it was when it was asked for; none if there was no such resource, which the operator is not told.
    resource_id       uuid,
    classification    text,
    access            text not null,
    reason            text not null,
    reference         text,
    details           text not null check (length(details) between 1 and 1000),
    minutes           int not null check (minutes between 5 and 480),
    -- Of the secret that the operator's person keeps. It opens nothing before a customer has signed it.
    credential_sha256 bytea not null check (length(credential_sha256) = 32),
    approvers         int not null check (approvers between 1 and 2),
    state             text not null default 'waiting' check (state in ('waiting', 'open', 'refused', 'withdrawn', 'closed')),
    requested_at      timestamptz not null default date_trunc('second', now()),
    expires_at        timestamptz not null,
    open_until        timestamptz,
    ended_at          timestamptz,
    ended_by          text,
    check ((resource_id is null) = (classification is null)),
    check (num_nonnulls(ended_at, ended_by) in (0, 2)),
    check ((state in ('waiting', 'open')) = (ended_at is null)),
    check (open_until is not null or state <> 'open')
);
create index on platform.lockbox_requests (organization_id, id desc);

create table platform.lockbox_approvals (
    request_id   uuid not null references platform.lockbox_requests,
    -- No reference: the account may be removed, and that it approved stays.
    principal_id uuid not null,
    name         text not null,
    -- As it was registered when it signed: the signature is true by it for ever, and opens as long as it is the one that is registered.
    public_key   text not null,
    signature    text not null,
    approved_at  timestamptz not null default now(),
    primary key (request_id, principal_id)
);

-- Exactly what was shown, for the customer to see.
create table platform.lockbox_accesses (
    id         uuid primary key,
    request_id uuid not null references platform.lockbox_requests,
    at         timestamptz not null default now(),
    origin     text,
    media_type text not null,
    sha256     bytea not null,
    content    text not null
);
create index on platform.lockbox_accesses (request_id, id desc);
