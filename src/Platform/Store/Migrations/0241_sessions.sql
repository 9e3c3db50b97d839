-- What begins with a sign-in and lasts until it is ended: a command line of a person's. Its access tokens, minutes long, are rows of the same tables as all other tokens, so
-- that they are looked up, and end, in the same way.
create table platform.sessions (
    id           uuid primary key,
    principal_id uuid references platform.principals on delete cascade,
    operator_id  uuid references platform.operators on delete cascade,
    holder       uuid generated always as (coalesce(principal_id, operator_id)) stored,
    side         text generated always as (case when principal_id is null then 'operator' else 'customer' end) stored,
    client       text not null,
    -- From which address it was begun.
    origin       text not null,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    -- However much it is used.
    expires_at   timestamptz not null,
    ended_at     timestamptz,
    check (num_nonnulls(principal_id, operator_id) = 1)
);
create index on platform.sessions (holder);

-- Each is good once. Kept after its use, so that a second use is recognised: then someone else has it, and the session ends.
create table platform.refresh_tokens (
    sha256     bytea primary key check (octet_length(sha256) = 32),
    session_id uuid not null references platform.sessions on delete cascade,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index on platform.refresh_tokens (session_id);

-- RFC 6749 section 4.1, RFC 7636. Kept after its use like a refresh token.
create table platform.authorization_codes (
    sha256         bytea primary key check (octet_length(sha256) = 32),
    principal_id   uuid references platform.principals on delete cascade,
    operator_id    uuid references platform.operators on delete cascade,
    holder         uuid generated always as (coalesce(principal_id, operator_id)) stored,
    side           text generated always as (case when principal_id is null then 'operator' else 'customer' end) stored,
    redirect_uri   text not null,
    code_challenge text not null,
    nonce          text,
    scopes         text[] not null,
    expires_at     timestamptz not null,
    session_id     uuid references platform.sessions on delete cascade,
    check (num_nonnulls(principal_id, operator_id) = 1)
);

-- RFC 8628. Nobody's until someone who is signed in enters the user code.
create table platform.device_codes (
    sha256           bytea primary key check (octet_length(sha256) = 32),
    user_code_sha256 bytea not null unique,
    side             text not null check (side in ('customer', 'operator')),
    origin           text not null,
    scopes           text[] not null,
    created_at       timestamptz not null default now(),
    expires_at       timestamptz not null,
    polled_at        timestamptz,
    refused_at       timestamptz,
    principal_id     uuid references platform.principals on delete cascade,
    operator_id      uuid references platform.operators on delete cascade,
    holder           uuid generated always as (coalesce(principal_id, operator_id)) stored,
    check (num_nonnulls(principal_id, operator_id) = 0 or (principal_id is not null) = (side = 'customer'))
);

alter table platform.tokens
    drop constraint tokens_kind_check,
    add constraint tokens_kind_check check (kind in ('personal', 'access', 'session')),
    add column session_id uuid references platform.sessions on delete cascade,
    add check ((kind = 'session') = (session_id is not null));
create index on platform.tokens (session_id) where session_id is not null;

alter table platform.operator_tokens
    add column kind text not null default 'personal' check (kind in ('personal', 'session')),
    add column session_id uuid references platform.sessions on delete cascade,
    add check ((kind = 'session') = (session_id is not null));
create index on platform.operator_tokens (session_id) where session_id is not null;

-- What each side's issuer signs with (OpenID Connect): ECDSA on P-256, PKCS#8, wrapped under the platform's key.
create table platform.issuer_keys (
    side       text primary key check (side in ('customer', 'operator')),
    sealed_key bytea not null,
    created_at timestamptz not null default now()
);
