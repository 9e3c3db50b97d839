-- What customers ask of backup, and what drills have proven. Backups themselves are told by the repository.

-- Asked for once: made when the repository says so.
create table platform.backup_requests (
    id           uuid primary key,
    resource_id  uuid not null references platform.resources on delete cascade,
    type         text not null check (type in ('full', 'incr', 'drill')),
    label        text,
    requested_at timestamptz not null default now(),
    done_at      timestamptz
);
create index on platform.backup_requests (resource_id) where done_at is null;

-- Resources that begin as another's past. The row stays as long as the resource: it says where the data came from.
create table platform.restores (
    resource_id  uuid primary key references platform.resources on delete cascade,
    source_id    uuid not null,
    type         text not null check (type in ('default', 'time', 'lsn', 'xid', 'name')),
    target       text not null default '',
    requested_at timestamptz not null default now(),
    done_at      timestamptz
);
create index on platform.restores (source_id) where done_at is null;

create table platform.restore_drills (
    resource_id uuid not null references platform.resources on delete cascade,
    id          text not null,
    finished_at timestamptz not null,
    passed      boolean not null,
    -- As it is shown and as it is on the ledger.
    certificate text not null,
    primary key (resource_id, id)
);
