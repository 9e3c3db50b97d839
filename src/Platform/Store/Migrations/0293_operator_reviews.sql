-- The operator's own directory is reviewed as organizations' are (SecNumCloud 9.4.a): by the same tables, in which the id of the operator's directory is all zeroes, as its ledger's is.

alter table platform.operators
    -- A person, or a program, which has a token and no password. It stays what it was made as.
    add column kind text not null default 'user' check (kind in ('user', 'service-account'));

-- A role given again is another than the one that was taken away.
alter table platform.operator_roles add column id uuid not null default gen_random_uuid() unique;

alter table platform.access_reviews
    -- Null: of the operator's directory.
    alter column organization_id drop not null,
    add column directory uuid not null generated always as (coalesce(organization_id, '00000000-0000-0000-0000-000000000000')) stored;
drop index platform.access_reviews_organization_id_kind_idx;
drop index platform.access_reviews_organization_id_id_idx;
create unique index on platform.access_reviews (directory, kind) where state = 'open';
create index on platform.access_reviews (directory, id desc);

-- Whoever is reviewed, of either side. The two directories still share nothing: each question names one of them.
create view platform.reviewed_accounts as
    select id, organization_id as directory, name, kind, created_at from platform.principals
    union all
    select id, '00000000-0000-0000-0000-000000000000'::uuid, name, kind, created_at from platform.operators;

-- Of which dates the operator's ledger has told that a review is due, or overdue: of each once.
create table platform.operator_review_reminders (
    kind    text not null check (kind in ('rights', 'technical')),
    state   text not null check (state in ('due-soon', 'overdue')),
    due_at  timestamptz not null,
    told_at timestamptz not null default now(),
    primary key (kind, state, due_at)
);
