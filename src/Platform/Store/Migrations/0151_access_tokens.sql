-- Short-lived access tokens that a service account gets for an assertion that it signed (RFC 7523), beside those that people make.
alter table platform.tokens add column kind text not null default 'personal' check (kind in ('personal', 'access'));

-- Assertions that were used, until they expire: each is good once.
create table platform.used_assertions (
    principal_id uuid not null references platform.principals on delete cascade,
    jti_sha256   bytea not null,
    expires_at   timestamptz not null,
    primary key (principal_id, jti_sha256)
);
