-- A PostgreSQL has a list of nodes instead of one; the first one's volume has the resource's id.
update platform.resources
set internal = jsonb_build_object('nodes', jsonb_build_array(internal || jsonb_build_object('volumeId', id)))
where kind = 'postgres' and internal ? 'hostNumber';

update platform.resources set internal = '{}' where kind = 'postgres' and not internal ? 'nodes';
