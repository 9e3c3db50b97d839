-- A database has a stanza in its repository for each generation of its key that backups are under; the first has the database's own id.
alter table platform.restores add column stanza uuid;
update platform.restores set stanza = source_id;
alter table platform.restores alter column stanza set not null;
