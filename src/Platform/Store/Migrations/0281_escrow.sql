-- An organization's escrow key: its public half. The private one is the customer's alone, in shares.
create table platform.escrow_keys (
    organization_id uuid primary key references platform.organizations on delete cascade,
    public_key      text not null check (length(public_key) <= 2000),
    registered_by   text not null,
    registered_at   timestamptz not null default now()
);

-- Each key that is wrapped under the organization's is also sealed to its escrow key. In the same row, so that what destroys the one destroys the other.
-- The commitment is a hash by which a key that comes back is known; it tells nothing of it.
alter table platform.resource_keys
    add column escrow     bytea,
    add column commitment bytea check (octet_length(commitment) = 32),
    add check ((escrow is null) = (commitment is null));
alter table platform.authorities
    add column escrow     bytea,
    add column commitment bytea check (octet_length(commitment) = 32),
    add check ((escrow is null) = (commitment is null));

-- A generation whose provider, or whose key in it, is gone for good: the organization was recovered from escrow without it.
alter table platform.organization_keys
    drop constraint organization_keys_state_check,
    add constraint organization_keys_state_check check (state in ('active', 'retiring', 'destroyed', 'left', 'lost'));
