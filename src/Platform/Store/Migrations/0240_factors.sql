-- How people sign in: a password and a second factor. A row belongs to one directory, never to both: the constraints see to it, and every
-- statement names the side that it means.
create table platform.factors (
    principal_id  uuid unique references platform.principals on delete cascade,
    operator_id   uuid unique references platform.operators on delete cascade,
    holder        uuid generated always as (coalesce(principal_id, operator_id)) stored primary key,
    side          text generated always as (case when principal_id is null then 'operator' else 'customer' end) stored,
    -- ASP.NET Core Identity's format: it names its own parameters.
    password_hash text not null,
    -- RFC 6238, wrapped under the platform's key: people sign in to unseal an organization, too.
    totp_sealed   bytea not null,
    -- The newest step whose code was used; none at or before it is good again.
    last_step     bigint not null,
    -- Attempts since the last success. Counted before they are looked at, so that many at once are no way around.
    failures      int not null default 0,
    locked_until  timestamptz,
    enrolled_at   timestamptz not null default now(),
    check (num_nonnulls(principal_id, operator_id) = 1)
);

-- In place of a code, once each. 80 random bits: a plain hash does.
create table platform.recovery_codes (
    holder  uuid not null references platform.factors on delete cascade,
    sha256  bytea not null check (octet_length(sha256) = 32),
    used_at timestamptz,
    primary key (holder, sha256)
);

-- Someone who showed an invitation has been shown a secret and is to prove that they have it. Known by the hash of a cookie; ends with the invitation.
create table platform.enrolments (
    sha256            bytea primary key check (octet_length(sha256) = 32),
    invitation_sha256 bytea not null references platform.invitations on delete cascade,
    totp_sealed       bytea not null,
    failures          int not null default 0,
    expires_at        timestamptz not null
);

-- A browser in which someone signed in, until it has been used for one thing: known by the hash of its cookie.
create table platform.browser_sign_ins (
    sha256       bytea primary key check (octet_length(sha256) = 32),
    principal_id uuid references platform.principals on delete cascade,
    operator_id  uuid references platform.operators on delete cascade,
    holder       uuid generated always as (coalesce(principal_id, operator_id)) stored,
    side         text generated always as (case when principal_id is null then 'operator' else 'customer' end) stored,
    expires_at   timestamptz not null,
    check (num_nonnulls(principal_id, operator_id) = 1)
);
create index on platform.browser_sign_ins (holder);
