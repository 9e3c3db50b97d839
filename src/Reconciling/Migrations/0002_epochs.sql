-- Epochs never repeat, not even when a work item's row is removed and made anew by a late signal: a worker that slept through both must not
-- find its number in use again. So they come from one sequence, drawn while the row is locked: they still grow with every lease of a row.
create sequence reconciling.epochs;
select setval('reconciling.epochs', coalesce((select max(epoch) from reconciling.work), 0) + 1, false);

-- A deadline counts from the signal, not from when a worker got to it.
alter table reconciling.signals add column signaled_at timestamptz not null default clock_timestamp();
