-- What people of an organization found when they looked for its rows on the host: handed in by `beffroi verify encryption`, signed here. See Services/Evidence.
create table platform.encryption_verifications (
    id          uuid primary key,
    space_id    uuid not null references platform.spaces on delete cascade,
    name        text not null,
    -- When it began, by the clock of who looked.
    at          timestamptz not null,
    verdict     text not null check (verdict in ('passed', 'failed')),
    -- Whether it looked while the organization was sealed, too.
    sealed      boolean not null,
    reported_by text not null,
    note        text not null,
    created_at  timestamptz not null default now(),
    unique (space_id, name)
);
