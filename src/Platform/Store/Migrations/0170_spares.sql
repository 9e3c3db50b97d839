-- A spare is a resource that the platform prepared for the next creation in its space: nobody asked for it, nobody sees it, and it counts
-- in no quota. Its name is none that a customer could choose, and the same for all, so that a space has at most one of a kind.
alter table platform.resources add column spare boolean not null default false;
alter table platform.resources add constraint spare_has_no_operation check (not spare or operation_id is null);
