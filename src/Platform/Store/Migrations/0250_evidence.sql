-- What the checks of an organization found when they ran last: see Services/Evidence.
create table platform.evidence_findings (
    organization_id uuid not null references platform.organizations on delete cascade,
    check_name      text not null,
    -- Null where there is nothing to judge yet.
    holds           boolean,
    message_en      text not null,
    message_fr      text not null,
    -- What is behind it, as the API's paths.
    sources         text[] not null,
    -- Since when it holds, or doesn't.
    since           timestamptz not null default now(),
    -- Of the oldest observation behind it.
    observed_at     timestamptz not null,
    -- From then on nobody may rely on it any more.
    good_until      timestamptz not null,
    primary key (organization_id, check_name)
);

-- Somebody's word for what software can't show. That of the operator's people holds for every organization.
create table platform.evidence_attestations (
    id              uuid primary key,
    organization_id uuid references platform.organizations on delete cascade,
    framework       text not null,
    requirement     text not null,
    statement       text not null check (length(statement) between 1 and 2000),
    document_sha256 text check (document_sha256 ~ '^[0-9a-f]{64}$'),
    attested_by     text not null,
    attested_at     timestamptz not null default now(),
    valid_until     date not null,
    unique nulls not distinct (organization_id, framework, requirement)
);
