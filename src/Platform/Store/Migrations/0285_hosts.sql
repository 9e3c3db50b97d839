-- The hosts of zones, as each was when it last answered; one that is no longer there is forgotten after some weeks.
create table platform.hosts (
    zone     text not null,
    name     text not null,
    heard_at timestamptz not null,
    -- What it said: numbers, versions, images. Its own JSON, as its reader has it.
    report   text not null check (length(report) <= 100000),
    primary key (zone, name)
);
