-- Tokens of issuers elsewhere that a service account takes for its own.
create table platform.workload_identities (
    principal_id uuid not null references platform.principals on delete cascade,
    name         text not null,
    issuer       text not null,
    audience     text not null,
    subject      text not null,
    claims       jsonb not null default '{}' check (length(claims::text) <= 20000),
    keys         text check (length(keys) <= 20000),
    authority    text check (length(authority) <= 20000),
    primary key (principal_id, name)
);
