-- What the operator declared things to cost. Of one day's the newest row holds; the others are what was declared and replaced before that day.
create table platform.price_lists (
    id          bigint generated always as identity primary key,
    holds_from  date not null,
    -- As the API has it, checked there; text, so that the digest in the ledger is of these very characters.
    content     text not null check (length(content) <= 10000),
    declared_by text not null,
    declared_at timestamptz not null default now()
);
create index on platform.price_lists (holds_from, id desc);
