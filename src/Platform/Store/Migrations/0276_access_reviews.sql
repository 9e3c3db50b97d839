-- Reviews of who may do what (SecNumCloud 9.4): each begins with a snapshot of the organization's people, or of its service accounts.
create table platform.access_reviews (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    kind            text not null check (kind in ('rights', 'technical')),
    state           text not null default 'open' check (state in ('open', 'closed', 'cancelled')),
    begun_by        text not null,
    begun_at        timestamptz not null default now(),
    ended_by        text,
    ended_at        timestamptz,
    -- Names of the accounts that had come since it began, when it ended.
    new_accounts    text[] not null default '{}',
    check ((state = 'open') = (ended_at is null)),
    check ((ended_at is null) = (ended_by is null))
);
create unique index on platform.access_reviews (organization_id, kind) where state = 'open';
create index on platform.access_reviews (organization_id, id desc);

create table platform.access_review_items (
    review_id     uuid not null references platform.access_reviews on delete cascade,
    name          text not null,
    -- No reference: the account may be removed, and what was decided on it stays.
    principal_id  uuid not null,
    snapshot      jsonb not null,
    -- When it was decided on, after what the decision withdrew.
    seen          jsonb,
    decision      text check (decision in ('keep', 'withdraw')),
    decided_by    uuid,
    decider       text,
    decided_at    timestamptz,
    remark        text check (length(remark) <= 500),
    withdrawn     jsonb not null default '[]',
    only_reviewer boolean not null default false,
    -- As it was when the review ended; changes, before: as it was when it was decided on.
    gone          boolean not null default false,
    changes       jsonb not null default '[]',
    primary key (review_id, name),
    check (num_nonnulls(decision, decided_by, decider, decided_at) in (0, 4)),
    -- Nobody decides on themselves, unless they are the only one who could, and then they only keep what they have, and say why.
    check (decided_by is distinct from principal_id or (only_reviewer and decision = 'keep' and remark is not null)),
    check (decision = 'withdraw' or withdrawn = '[]')
);
