-- What the operator declared of each zone, every time anew: the newest row is in force, the others are what was.
create table platform.zone_declarations (
    id         bigint generated always as identity primary key,
    zone       text not null,
    -- As the API has it, checked there; text, so that the digest in the ledger is of these very characters.
    content    text not null check (length(content) <= 1048576),
    changed_by text not null,
    changed_at timestamptz not null default now()
);
create index on platform.zone_declarations (zone, id desc);
