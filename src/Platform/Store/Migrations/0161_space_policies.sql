-- What spaces open of themselves. Generations tell what of it the packet filter has.
create table platform.space_policies (
    space_id           uuid primary key references platform.spaces on delete cascade,
    generation         bigint not null default 1,
    applied_generation bigint not null default 0
);

create table platform.egress_rules (
    space_id    uuid not null references platform.spaces on delete cascade,
    destination text not null,
    protocol    text not null check (protocol in ('tcp', 'udp')),
    first_port  int  not null check (first_port between 1 and 65535),
    last_port   int  not null check (last_port between first_port and 65535),
    primary key (space_id, destination, protocol, first_port)
);

-- Of two spaces of one organization. The one that asks agrees by asking; the other by accepting.
create table platform.peerings (
    from_space_id uuid not null references platform.spaces on delete cascade,
    to_space_id   uuid not null references platform.spaces on delete cascade,
    ports         text[] not null,
    both_ways     boolean not null,
    requested_at  timestamptz not null default now(),
    accepted_at   timestamptz,
    primary key (from_space_id, to_space_id),
    check (from_space_id <> to_space_id)
);
create index on platform.peerings (to_space_id);
