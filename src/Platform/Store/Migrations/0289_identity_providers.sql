-- Identity providers of organizations' own (OpenID Connect), who of an organization is whom there, and sign-ins by way of them: see Identity/Providers/.
create table platform.identity_providers (
    id                uuid primary key,
    organization_id   uuid not null references platform.organizations,
    name              text not null,
    -- Another issuer, or another client there, is another provider, with an id of its own: who is linked to one is nobody at the other.
    issuer            text not null check (length(issuer) <= 500),
    client_id         text not null check (length(client_id) <= 200),
    authority         text check (length(authority) <= 20000),
    -- The public JSON Web Key with whose private half we sign there (RFC 7523), kept as a secret; null where a shared secret is shown.
    client_key        text check (length(client_key) <= 2000),
    scopes            text[] not null,
    -- Authentication context classes, one of which a token has to have; none for any.
    acr_values        text[] not null,
    -- What counts as a second factor beside the first; with neither, ours is always asked for.
    second_factor_acr text[] not null,
    second_factor_amr text[] not null,
    -- In seconds.
    max_age           int check (max_age between 0 and 86400),
    name_claim        text check (length(name_claim) <= 100),
    -- Whether members other than owners begin no session without one of the organization's providers.
    required          boolean not null,
    -- Counts changes: a sign-in that began before one comes to nothing.
    revision          int not null default 1,
    created_at        timestamptz not null default now(),
    unique (organization_id, name),
    unique (organization_id, id)
);

-- Who is whom at a provider: by its subject alone. Gone with the account's factors, so that a reset ends both; and never across organizations.
create table platform.identity_links (
    organization_id uuid not null,
    provider_id     uuid not null,
    principal_id    uuid not null references platform.factors (principal_id) on delete cascade,
    subject         text not null check (length(subject) between 1 and 255),
    -- What the provider called the person when they were linked. For their eyes: nothing is decided by it.
    shown           text check (length(shown) <= 200),
    created_at      timestamptz not null default now(),
    last_used_at    timestamptz,
    primary key (provider_id, subject),
    unique (provider_id, principal_id),
    foreign key (organization_id, provider_id) references platform.identity_providers (organization_id, id) on delete cascade,
    foreign key (organization_id, principal_id) references platform.principals (organization_id, id) on delete cascade
);
create index on platform.identity_links (principal_id);

-- A browser that was sent to a provider, for ten minutes and once. Known by the hash of its cookie, from which all that is secret about it is derived: nothing here is of use to who reads it.
create table platform.provider_requests (
    sha256       bytea primary key check (octet_length(sha256) = 32),
    provider_id  uuid not null references platform.identity_providers on delete cascade,
    -- Who links their account, and the hash of the cookie of their sign-in; null for a sign-in.
    principal_id uuid references platform.principals on delete cascade,
    sign_in      bytea,
    origin       text not null,
    return_to    text not null check (length(return_to) <= 2000),
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    check ((principal_id is null) = (sign_in is null))
);
create index on platform.provider_requests (origin);
create index on platform.provider_requests (provider_id);

-- A browser in which a provider has shown who someone is, and the second factor is still asked for.
create table platform.provider_proofs (
    sha256       bytea primary key check (octet_length(sha256) = 32),
    provider_id  uuid not null references platform.identity_providers on delete cascade,
    principal_id uuid not null references platform.factors (principal_id) on delete cascade,
    return_to    text not null check (length(return_to) <= 2000),
    expires_at   timestamptz not null
);
create index on platform.provider_proofs (provider_id);

-- By which provider someone has signed in, from the browser on to the session; none of the operator's people ever by any.
alter table platform.browser_sign_ins
    add column provider_id uuid references platform.identity_providers on delete cascade,
    add check (provider_id is null or operator_id is null);
alter table platform.authorization_codes
    add column provider_id uuid references platform.identity_providers on delete cascade,
    add check (provider_id is null or operator_id is null);
alter table platform.device_codes
    add column provider_id uuid references platform.identity_providers on delete cascade,
    add check (provider_id is null or operator_id is null);
alter table platform.sessions
    add column provider_id uuid references platform.identity_providers on delete set null,
    add check (provider_id is null or operator_id is null);
create index on platform.sessions (provider_id) where provider_id is not null;
