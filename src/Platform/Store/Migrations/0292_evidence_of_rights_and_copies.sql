-- Entries that tell of rights, found among however many others: checks of evidence look for them every minute. Canonical JSON puts an entry's action first.
create index told_grants on platform.ledger_entries (log_id, index)
    where starts_with(entry, '{"action":"grant.') or starts_with(entry, '{"action":"organization.manage"');

-- The first entry that this receiver was sent; null where it was named before this was noted.
alter table platform.ledger_forwards add column first_index bigint check (first_index >= 0);
