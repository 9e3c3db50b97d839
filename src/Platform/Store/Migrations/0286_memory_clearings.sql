-- The processes of beffroid that there are, and until when what they had opened before is out of their memory. Nothing of it is worth keeping over a crash of the store.
create unlogged table platform.replicas (
    id         uuid primary key,
    heard_at   timestamptz not null default now(),
    -- A process that begins has opened nothing yet.
    cleared_at timestamptz not null default now()
);

-- From when on no process shall have anything in memory that was opened of the organization; of the last sealing.
alter table platform.organization_seals add column memory_due_at timestamptz;
