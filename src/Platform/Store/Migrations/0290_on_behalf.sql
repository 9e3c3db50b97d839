-- Who asked for what a reconciler or an agent does later, as ledger entries name them; null where nobody did.
alter table platform.operations add column requested_by text;
alter table platform.key_operations add column requested_by text;
alter table platform.space_policies add column requested_by text;
