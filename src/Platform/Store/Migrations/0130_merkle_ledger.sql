-- The ledger as Merkle logs, one an organization and one the operator's own: see Ledger/ and docs/decisions/0004-merkle-ledger.md.
create table platform.ledger_logs (
    -- The organization's id; all zeroes for the operator's own.
    id         uuid primary key,
    origin     text not null unique,
    public_key text not null,
    sealed_key bytea not null,
    size       bigint not null default 0 check (size >= 0),
    -- Of the newest entry.
    logged_at  timestamptz,
    -- Signed; null until there is an entry.
    checkpoint text
);

-- Written in the transaction of what an entry tells of, without a lock that others would wait for; integrated within a second.
create table platform.ledger_pending (
    id      bigint generated always as identity primary key,
    log_id  uuid not null,
    at      timestamptz not null default clock_timestamp(),
    -- The entry without its times, canonical JSON.
    -- An entry of a Merkle log has at most 65,535 bytes (C2SP tlog-tiles); the times need some.
    members text not null check (octet_length(members) <= 65000)
);

create table platform.ledger_entries (
    log_id uuid not null references platform.ledger_logs,
    index  bigint not null check (index >= 0),
    -- Exactly as it was hashed.
    entry  text not null,
    primary key (log_id, index)
);
create trigger ledger_append_only before update or delete on platform.ledger_entries
    for each row execute function platform.refuse_change();
create trigger ledger_no_truncate before truncate on platform.ledger_entries
    for each statement execute function platform.refuse_change();

create table platform.ledger_tiles (
    log_id uuid not null references platform.ledger_logs,
    level  smallint not null check (level between 0 and 7),
    index  bigint not null check (index >= 0),
    hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
    primary key (log_id, level, index)
);
-- Hashes don't compress.
alter table platform.ledger_tiles alter column hashes set storage external;

-- What the hash chain held goes into the logs as it was.
insert into platform.ledger_pending (log_id, at, members)
    select coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), (entry::jsonb ->> 'at')::timestamptz, entry
    from platform.ledger order by sequence;
drop table platform.ledger;

-- Everything, integrated or not.
create view platform.ledger as
    select nullif(log_id, '00000000-0000-0000-0000-000000000000') as organization_id, entry::jsonb ->> 'at' as at, entry from platform.ledger_entries
    union all
    select nullif(log_id, '00000000-0000-0000-0000-000000000000'), to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), members from platform.ledger_pending;
