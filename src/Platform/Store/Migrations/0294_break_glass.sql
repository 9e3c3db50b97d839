-- Two of the operator's people open the inventory of the infrastructure for a while, and every organization is told in its ledger: see docs/decisions/0023-lockbox.md.
create table platform.break_glasses (
    id          uuid primary key,
    -- No references: an account may be removed, and that it did this stays.
    beginner_id uuid not null,
    beginner    text not null,
    reason      text not null,
    details     text not null check (length(details) between 1 and 1000),
    minutes     int not null check (minutes between 5 and 240),
    state       text not null default 'waiting' check (state in ('waiting', 'open', 'withdrawn', 'refused', 'ended')),
    begun_at    timestamptz not null default now(),
    -- Nobody can approve it any more afterwards: silence opens nothing.
    expires_at  timestamptz not null,
    approver_id uuid,
    approver    text,
    opened_at   timestamptz,
    open_until  timestamptz,
    ended_at    timestamptz,
    ended_by    text,
    check (approver_id <> beginner_id),
    check (num_nonnulls(approver_id, approver, opened_at, open_until) in (0, 4)),
    check (num_nonnulls(ended_at, ended_by) in (0, 2)),
    check ((state in ('waiting', 'open')) = (ended_at is null)),
    check ((state in ('open', 'ended')) = (opened_at is not null)),
    check (open_until <= opened_at + make_interval(mins => minutes))
);
create index on platform.break_glasses (opened_at) where opened_at is not null;

-- Each time that something was shown, with the digest of exactly that.
create table platform.break_glass_showings (
    id             uuid primary key,
    break_glass_id uuid not null references platform.break_glasses,
    at             timestamptz not null default now(),
    origin         text,
    sha256         bytea not null check (length(sha256) = 32)
);
create index on platform.break_glass_showings (break_glass_id);

-- What was opened and shown is not forgotten. The ledgers have it too; this is what they are held against.
create function platform.refuse_forgetting() returns trigger language plpgsql as
$$ begin raise exception 'what broke the glass is kept' using errcode = 'insufficient_privilege'; end $$;
create trigger break_glass_kept before delete on platform.break_glasses
    for each row execute function platform.refuse_forgetting();
create trigger break_glass_no_truncate before truncate on platform.break_glasses
    for each statement execute function platform.refuse_forgetting();
create trigger break_glass_showing_kept before update or delete on platform.break_glass_showings
    for each row execute function platform.refuse_forgetting();
create trigger break_glass_showing_no_truncate before truncate on platform.break_glass_showings
    for each statement execute function platform.refuse_forgetting();

-- Entries that tell of it, found among however many others: a check of evidence looks for them every minute. Canonical JSON puts an entry's action first.
create index told_break_glasses on platform.ledger_entries (log_id, index) where starts_with(entry, '{"action":"break-glass.');
