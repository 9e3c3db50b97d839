-- Who asked for it, as the ledger entry of a restore drill names them; null where it was due by itself.
alter table platform.backup_requests add column requested_by text;
