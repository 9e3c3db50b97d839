-- Passkeys (WebAuthn), beside a password and a second factor and gone with them: a reset ends both. Of which directory one is, its holder's factors say.
create table platform.passkeys (
    id              uuid primary key default gen_random_uuid(),
    holder          uuid not null references platform.factors on delete cascade,
    name            text not null check (char_length(name) between 1 and 64),
    -- The authenticator's choice. No two passkeys have the same, whichever their side.
    credential_id   bytea not null unique check (octet_length(credential_id) between 1 and 1023),
    -- COSE (RFC 9052 section 7).
    public_key      bytea not null check (octet_length(public_key) <= 1024),
    -- The name of this installation that it was made for: authenticators use it for no other.
    domain          text not null,
    -- Of uses, as the authenticator counts them; 0 if it doesn't.
    sign_count      bigint not null,
    -- Whether it may be copied to other devices of its holder's, and whether it was.
    backup_eligible boolean not null,
    backed_up       boolean not null,
    transports      text[] not null,
    -- Attempts since the last success, counted before they are looked at. Apart from the password's: who guesses at one doesn't lock the other.
    failures        int not null default 0,
    locked_until    timestamptz,
    created_at      timestamptz not null default now(),
    last_used_at    timestamptz
);
create index on platform.passkeys (holder);

-- What a browser was asked to sign, once, for some minutes: known by the hash of its cookie. Of someone who adds a passkey, that of their sign-in.
create table platform.passkey_challenges (
    sha256     bytea primary key check (octet_length(sha256) = 32),
    side       text not null check (side in ('customer', 'operator')),
    -- Who adds one; null for a sign-in.
    holder     uuid,
    origin     text not null,
    state      text not null,
    expires_at timestamptz not null
);
create index on platform.passkey_challenges (origin);
