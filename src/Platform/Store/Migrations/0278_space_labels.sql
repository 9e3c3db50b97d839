-- What somebody stated of a space's data. Null: nobody did, as of spaces that are older than labels; their classification is then all that is known.
alter table platform.spaces
    add column label jsonb,
    add column label_stated_by text,
    add column label_stated_at timestamptz,
    add check (num_nonnulls(label, label_stated_by, label_stated_at) in (0, 3));
