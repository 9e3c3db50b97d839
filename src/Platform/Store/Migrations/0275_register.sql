-- What only the operator knows of what the installation depends on: see src/Platform/Sovereignty. What the product consists of is not here.
create table platform.register_entries (
    id         text primary key check (id ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'),
    -- As the API has it, checked there.
    content    jsonb not null check (length(content::text) <= 65536),
    changed_at timestamptz not null
);
