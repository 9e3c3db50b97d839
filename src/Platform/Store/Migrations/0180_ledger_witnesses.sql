-- Who cosigns a log's checkpoints (C2SP tlog-witness), and how that goes.
create table platform.ledger_witnesses (
    log_id          uuid not null,
    name            text not null,
    url             text not null,
    public_key      text not null,
    authority       text,
    -- What it cosigned last, as far as we know; when; and why it didn't since.
    cosigned_size   bigint not null default 0 check (cosigned_size >= 0),
    cosigned_at     timestamptz,
    error           text,
    failures        int not null default 0,
    next_attempt_at timestamptz not null default now(),
    created_at      timestamptz not null default now(),
    primary key (log_id, name)
);

-- The newest checkpoint that witnesses cosigned, with all their signatures.
alter table platform.ledger_logs add column cosigned text;
