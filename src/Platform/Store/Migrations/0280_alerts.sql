-- Who is told when something needs attention, and what they were told: see Alerts/.
create table platform.alert_receivers (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    name            text not null,
    -- A webhook, whose secret is kept under the organization's key, or an e-mail address.
    url             text,
    authority       text,
    email           text,
    language        text not null check (language in ('en', 'fr')),
    least_severity  text not null check (least_severity in ('warning', 'critical')),
    -- Null for all, and for what concerns no space.
    space_ids       uuid[],
    kinds           text[],
    -- Nothing is sent before; a webhook needs no confirmation.
    confirmed_at    timestamptz,
    -- Until then one replica sends to it.
    leased_until    timestamptz not null default now(),
    -- Before that only what has not been tried yet is sent.
    next_attempt_at timestamptz not null default now(),
    failures        int not null default 0,
    error           text,
    delivered_at    timestamptz,
    created_at      timestamptz not null default now(),
    unique (organization_id, name),
    check (num_nonnulls(url, email) = 1),
    check (url is null or confirmed_at is not null)
);

create table platform.alerts (
    id              uuid primary key,
    organization_id uuid not null references platform.organizations,
    -- Tells an alert from others that are open: while one is, it isn't raised again.
    key             text not null,
    kind            text not null,
    severity        text not null check (severity in ('warning', 'critical')),
    subject         text not null check (length(subject) <= 200),
    text            text not null check (length(text) <= 500),
    space_id        uuid,
    -- No reference: the resource may be gone, and what was told of it stays.
    resource_id     uuid,
    -- The type of the condition whose end resolves it; null where whoever raised it does.
    condition       text,
    since           timestamptz not null,
    raised_at       timestamptz not null default now(),
    resolved_at     timestamptz
);
create unique index on platform.alerts (organization_id, key) where resolved_at is null;
create index on platform.alerts (organization_id, (resolved_at is not null), id desc);
create index on platform.alerts (resolved_at);

-- What is to be told to whom. The id is the message's: a receiver that gets it twice sees that by it.
create table platform.alert_deliveries (
    id           uuid primary key default gen_random_uuid(),
    receiver_id  uuid not null references platform.alert_receivers on delete cascade,
    alert_id     uuid references platform.alerts on delete cascade,
    event        text not null check (event in ('raised', 'resolved', 'test', 'confirmation')),
    attempts     int not null default 0,
    created_at   timestamptz not null default now(),
    delivered_at timestamptz,
    given_up_at  timestamptz,
    unique (receiver_id, alert_id, event),
    check ((event = 'confirmation') = (alert_id is null))
);
create index on platform.alert_deliveries (receiver_id, attempts) where delivered_at is null and given_up_at is null;
create index on platform.alert_deliveries (alert_id);

-- Codes that were sent to addresses: whoever may name receivers must not be able to flood strangers.
create table platform.alert_confirmations (
    organization_id uuid not null references platform.organizations,
    at              timestamptz not null default now()
);
create index on platform.alert_confirmations (organization_id, at);

-- Those that wait; of one alert the end after the beginning.
create view platform.alert_deliveries_waiting as
    select d.* from platform.alert_deliveries d
    where d.delivered_at is null and d.given_up_at is null
      and not (d.event = 'resolved' and exists (
          select from platform.alert_deliveries b
          where b.receiver_id = d.receiver_id and b.alert_id = d.alert_id and b.event = 'raised' and b.delivered_at is null and b.given_up_at is null));
