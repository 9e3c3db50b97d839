-- Which level of sovereignty (SEAL) the operator gives a zone for each objective, and why, every time anew: the newest row of an objective is in force, the others are what was.
create table platform.stated_levels (
    id        bigint generated always as identity primary key,
    zone      text not null,
    objective text not null check (objective ~ '^SOV-[1-8]$'),
    level     int not null check (level between 0 and 4),
    -- As the API has it, checked there; text, so that the digest in the ledger is of these very characters.
    content   text not null check (length(content) <= 65536),
    stated_by text not null,
    stated_at timestamptz not null default now()
);
create index on platform.stated_levels (zone, objective, id desc);
