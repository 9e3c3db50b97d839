-- Which address of a space's subnet belongs to which instance. Host numbers 0, 1 and 255 are the network, the gateway and broadcast.
create table platform.addresses (
    space_id    uuid not null references platform.spaces,
    host_number int  not null check (host_number between 2 and 254),
    instance_id uuid not null unique,
    primary key (space_id, host_number)
);
