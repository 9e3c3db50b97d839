-- Where a log's entries are sent as they come: a SIEM. Each at least once, in order; next_index moves on only when they have arrived.
create table platform.ledger_forwards (
    id              uuid primary key,
    log_id          uuid not null,
    name            text not null,
    url             text not null,
    authority       text,
    next_index      bigint not null check (next_index >= 0),
    delivered_at    timestamptz,
    error           text,
    failures        int not null default 0,
    next_attempt_at timestamptz not null default now(),
    created_at      timestamptz not null default now(),
    unique (log_id, name)
);
