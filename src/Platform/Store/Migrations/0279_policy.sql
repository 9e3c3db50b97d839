-- Limits that an organization sets itself. No row: none.
create table platform.policy_limits (
    organization_id uuid primary key references platform.organizations,
    content         jsonb not null check (length(content::text) <= 65536)
);

-- Derogations that authorities granted, as organizations recorded them. By the space's name: it is recorded before the space can be made.
create table platform.derogations (
    organization_id uuid not null references platform.organizations,
    name            text not null,
    rules           text[] not null,
    space           text not null,
    authority       text not null,
    reference       text not null,
    publication     text not null,
    expires         date not null,
    recorded_by     text not null,
    recorded_at     timestamptz not null default now(),
    primary key (organization_id, name)
);
