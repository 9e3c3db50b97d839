-- What can be asked for is the services' own matter; they say so in their API.
alter table platform.operations drop constraint operations_verb_check,
    add constraint operations_verb_check check (verb ~ '^[a-z-]{1,40}$');
