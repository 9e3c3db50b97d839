-- When the platform last noticed that an agent had fallen silent; older than last_seen_at once it has called again.
alter table platform.agents add column silence_noticed_at timestamptz;
