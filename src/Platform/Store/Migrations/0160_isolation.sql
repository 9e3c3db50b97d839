-- What is observed of a space as a whole, one row a type: see Conditions/.
create table platform.space_conditions (
    space_id    uuid not null references platform.spaces on delete cascade,
    type        text not null,
    holds       boolean,
    reason      text not null,
    message     text not null,
    since       timestamptz not null default now(),
    -- From when on nobody may rely on it any more; null for never.
    stale_after timestamptz,
    primary key (space_id, type)
);

-- The signed evidence of verifications of isolation (C2SP signed-note).
create table platform.isolation_evidence (
    verification_id uuid primary key,
    note            text not null,
    created_at      timestamptz not null default now()
);

-- Spaces of the platform's own, for the length of a verification: never a customer's, never shown.
create table platform.throw_away_spaces (
    space_id uuid primary key references platform.spaces on delete cascade,
    -- For what it was made.
    owner_id uuid not null unique
);
