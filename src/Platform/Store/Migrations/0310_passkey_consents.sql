-- Whether approvers may sign with passkeys too.
alter table platform.organization_safeguards add column passkey_consents boolean not null default false;

-- The passkey that a key to approve is of: with it goes the key, also when its holder is reset. Null for one on a machine of its holder's.
alter table platform.lockbox_keys add column passkey_id uuid references platform.passkeys on delete cascade;
create index on platform.lockbox_keys (passkey_id);
