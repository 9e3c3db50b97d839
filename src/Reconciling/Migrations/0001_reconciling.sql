-- Who reconciles what, and until when. All times are this database's clock; nothing else's counts.
create schema reconciling;

create table reconciling.work (
    kind            text not null,
    id              uuid not null,
    -- When it wants to be looked at next. Left alone while leased, so that an expired lease is due at once.
    due_at          timestamptz not null default clock_timestamp(),
    -- Grows with every lease: the fence.
    epoch           bigint not null default 0,
    leased_until    timestamptz,
    leased_by       text,
    failed_attempts int not null default 0,
    deadline_at     timestamptz,
    alerted_at      timestamptz,
    primary key (kind, id)
);
create index on reconciling.work (due_at);
create index on reconciling.work (deadline_at) where deadline_at is not null and alerted_at is null;

-- A signal is a row, so that giving one never waits for, nor deadlocks with, the holder of the work's row. Taking the lease
-- consumes those that are there; one that comes later is still there at the release, and the work is taken again.
create table reconciling.signals (
    sequence bigint generated always as identity primary key,
    kind     text not null,
    id       uuid not null,
    deadline interval
);
create index on reconciling.signals (kind, id);
