-- Events are read in the order (xid, sequence): a transaction's rows appear only when every earlier transaction has ended, so
-- nothing can be inserted before what was already read. Sequence alone would not do: a smaller one may commit later.
create index on platform.events (space_id, xid, sequence);
create index on platform.events (at);
create index on platform.operations (space_id, id);
