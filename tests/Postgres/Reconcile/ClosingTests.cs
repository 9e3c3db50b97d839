using Beffroi.Contracts.Agents;
using Beffroi.Infrastructure;
using Beffroi.Platform;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Store;
using Beffroi.Platform.Tests.Keys;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres;
using Beffroi.Testing;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Beffroi.Postgres.Tests.Reconcile;

/// <summary>The reconciler over a real store, with a host that only notes what it is asked: what sealing and deletion do, and what they leave.</summary>
public sealed class ClosingTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly Guid Organization = Guid.Parse("01900000-0000-7000-8000-0000000000b1");
    private static readonly Guid Space = Guid.Parse("01900000-0000-7000-8000-0000000000b2");
    private static readonly Guid Resource = Guid.Parse("01900000-0000-7000-8000-0000000000b3");
    private static readonly Guid[] Nodes = [.. Enumerable.Range(4, 3).Select(i => Guid.Parse($"01900000-0000-7000-8000-0000000000b{i}"))];
    private static readonly Guid[] Volumes = [Resource, .. Enumerable.Range(7, 2).Select(i => Guid.Parse($"01900000-0000-7000-8000-0000000000b{i}"))];
    private readonly string _keys = Directory.CreateTempSubdirectory("beffroi-test-keys-").FullName;
    private readonly FakeHost _host = new();
    private ServiceProvider _services = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private NpgsqlDataSource Store => _services.GetRequiredService<NpgsqlDataSource>();

    public async ValueTask InitializeAsync()
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddPlatform(new PlatformOptions { ConnectionString = await server.CreateDatabaseAsync(), KeysDirectory = _keys })
            .AddResources()
            .AddSingleton<IInfrastructure>(_host)
            .AddSingleton(new AgentChannelAddress(7443))
            .AddPostgres()
            .BuildServiceProvider();
        await _services.GetRequiredService<Migrator>().ApplyAsync(Cancel);
        await ExecuteAsync($"insert into platform.organizations (id, name) values ('{Organization}', 'demo')");
        await ExecuteAsync($"insert into platform.spaces (id, organization_id, name, classification, zone, network_index) values ('{Space}', '{Organization}', 'eval', 'open', 'local', 0)");
        await ExecuteAsync($$"""
            insert into platform.resources (id, kind, space_id, name, spec, status, internal) values (
                '{{Resource}}', 'postgres', '{{Space}}', 'db',
                '{"version": "17", "size": "s1", "storage": "1GiB", "deletionProtection": false}',
                '{"state": "ready", "observedGeneration": 1, "conditions": []}',
                '{"nodes": [{"instanceId": "{{Nodes[0]}}", "volumeId": "{{Resource}}", "hostNumber": 2}]}')
            """);
        await ExecuteAsync($"insert into platform.agents (instance_id, resource_id, space_id) values ('{Nodes[0]}', '{Resource}', '{Space}')");
        await using var connection = await Store.OpenConnectionAsync(Cancel);
        await _services.GetRequiredService<IOrganizationKeys>().EnsureAsync(Organization, Cancel);
        await _services.GetRequiredService<IResourceKeys>().EnsureAsync(connection, Organization, Resource, Cancel);
        await _services.GetRequiredService<IAuthorities>().EnsureAsync(connection, AuthorityId.Agents, "agents", Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_keys, recursive: true);
    }

    [Fact]
    public async Task A_sealed_one_is_stopped_then_closed_and_says_for_which_sealing()
    {
        await ExecuteAsync($"insert into platform.organization_seals (organization_id, epoch, sealed, reason) values ('{Organization}', 7, true, 'Sealed by alice.')");
        Assert.IsType<Requeue.SettledCase>(await ReconcileAsync());
        Assert.Equal(["stop", "lock volume"], _host.Calls);
        Assert.Equal("sealed", await StatusAsync("state"));
        Assert.Contains("Sealed by alice", await StatusAsync("conditions"), StringComparison.Ordinal);
        Assert.Equal(1L, await CountAsync("platform.resources where (internal ->> 'sealEpoch')::bigint = 7"));
        Assert.Equal(1L, await CountAsync("platform.resource_keys"));

        // Unsealed it is opened again, with the key it had.
        await ExecuteAsync("update platform.organization_seals set sealed = false, epoch = 8");
        await Assert.ThrowsAsync<InfrastructureException>(ReconcileAsync);
        Assert.Equal(["stop", "lock volume", "network", "open volume"], _host.Calls);
        Assert.Equal("starting", await StatusAsync("state"));
    }

    [Fact]
    public async Task A_deleted_one_keeps_volume_and_key_until_its_grace_is_over_and_comes_back_if_it_is_undone()
    {
        await using var connection = await Store.OpenConnectionAsync(Cancel);
        using var key = await _services.GetRequiredService<IResourceKeys>().DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel);
        var resources = _services.GetRequiredService<IResources>();
        await resources.RequestDeletionAsync(connection, Resource, Guid.NewGuid(), TimeSpan.FromHours(168), Cancel);
        await ReconcileAsync();
        await ReconcileAsync();
        Assert.Equal(["stop", "lock volume", "stop", "lock volume"], _host.Calls);
        Assert.Contains("undelete", await StatusAsync("conditions"), StringComparison.Ordinal);

        Assert.True(await resources.UndoDeletionAsync(connection, Resource, Guid.NewGuid(), Cancel));
        _host.Calls.Clear();
        await Assert.ThrowsAsync<InfrastructureException>(ReconcileAsync);
        Assert.Equal(["network", "open volume"], _host.Calls);
        Assert.Equal(key.Reveal().ToArray(), _host.VolumeKey);
    }

    [Fact]
    public async Task When_the_grace_is_over_all_goes_and_the_ledger_tells_that_the_key_is_destroyed()
    {
        await using var connection = await Store.OpenConnectionAsync(Cancel);
        var resources = _services.GetRequiredService<IResources>();
        await resources.RequestDeletionAsync(connection, Resource, Guid.NewGuid(), TimeSpan.FromHours(1), Cancel);
        await ExecuteAsync("update platform.resources set delete_after = now() - interval '1 second'");
        Assert.Equal(TimeSpan.Zero, Assert.IsType<Requeue.AfterCase>(await ReconcileAsync()).Delay);
        Assert.False(await resources.UndoDeletionAsync(connection, Resource, Guid.NewGuid(), Cancel));
        Assert.IsType<Requeue.FinishedCase>(await ReconcileAsync());
        Assert.Equal(["stop", "lock volume", "remove instance", "remove volume"], _host.Calls);
        Assert.Equal(0L, await CountAsync("platform.resource_keys") + await CountAsync("platform.resources"));
        Assert.Equal(1L, await CountAsync("platform.ledger_pending where members like '%postgres.key.destroy%SHA-256 of the wrapped key%' or members like '%SHA-256 of the wrapped key%postgres.key.destroy%'"));
    }

    [Fact]
    public async Task Of_three_nodes_the_primary_stops_last_every_volume_is_closed_and_no_old_report_counts()
    {
        await ThreeNodesAsync(primary: 1);
        await ExecuteAsync($"insert into platform.organization_seals (organization_id, epoch, sealed, reason) values ('{Organization}', 7, true, 'Sealed by alice.')");
        Assert.IsType<Requeue.SettledCase>(await ReconcileAsync());
        var stopped = _host.Ids.Where(c => c.Call == "stop").Select(c => c.Id).ToList();
        Assert.Equal(Nodes.Order(), stopped.Order());
        Assert.Equal(Nodes[1], stopped[2]);
        Assert.Equal(Volumes, _host.Ids.Where(c => c.Call == "lock volume").Select(c => c.Id));
        Assert.Equal("lock volume", _host.Calls[^1]);
        Assert.Equal(0L, await CountAsync("platform.agents where facts is not null"));
        Assert.Equal(3L, await CountAsync("platform.resources, jsonb_array_elements(internal -> 'nodes')"));
    }

    [Fact]
    public async Task A_spare_is_closed_with_its_organization_and_when_it_is_given_up_its_key_goes_at_once()
    {
        await ExecuteAsync("update platform.resources set spare = true, name = '0-spare', generation = 0");
        await ExecuteAsync($"insert into platform.organization_seals (organization_id, epoch, sealed, reason) values ('{Organization}', 7, true, 'Sealed by alice.')");
        Assert.IsType<Requeue.SettledCase>(await ReconcileAsync());
        Assert.Equal(["stop", "lock volume"], _host.Calls);
        Assert.Equal(1L, await CountAsync("platform.resources where (internal ->> 'sealEpoch')::bigint = 7 and spare"));

        // Its space has no database: nobody wants it any more. There is no grace for what nobody had.
        await ExecuteAsync("update platform.organization_seals set sealed = false, epoch = 8");
        Assert.Equal(TimeSpan.Zero, Assert.IsType<Requeue.AfterCase>(await ReconcileAsync()).Delay);
        Assert.IsType<Requeue.FinishedCase>(await ReconcileAsync());
        Assert.Equal(["stop", "lock volume", "remove instance", "remove volume"], _host.Calls);
        Assert.Equal(0L, await CountAsync("platform.resource_keys") + await CountAsync("platform.resources"));
    }

    [Fact]
    public async Task A_repository_stops_after_the_databases_whose_last_WAL_it_takes()
    {
        var (repository, instance) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ThreeNodesAsync(primary: 1);
        await ExecuteAsync($$"""
            insert into platform.resources (id, kind, space_id, name, spec, status, internal) values (
                '{{repository}}', 'backup-repository', '{{Space}}', 'backups', '{"repairs": 0}', '{"state": "ready", "observedGeneration": 1, "conditions": []}',
                '{"instanceId": "{{instance}}", "hostNumber": 3}')
            """);
        await ExecuteAsync("update platform.agents set last_seen_at = now()");
        await ExecuteAsync($"insert into platform.organization_seals (organization_id, epoch, sealed, reason) values ('{Organization}', 7, true, 'Sealed by alice.')");
        Assert.IsType<Requeue.AfterCase>(await ReconcileAsync("backup-repository", repository));
        Assert.Empty(_host.Calls);
        Assert.IsType<Requeue.SettledCase>(await ReconcileAsync());
        Assert.IsType<Requeue.SettledCase>(await ReconcileAsync("backup-repository", repository));
        Assert.Equal(instance, _host.Ids.Last(c => c.Call == "stop").Id);
        Assert.Equal(4, _host.Calls.Count(call => call == "stop"));
    }

    [Fact]
    public async Task A_deletion_without_grace_goes_through_while_sealed_as_it_needs_no_key()
    {
        await ExecuteAsync($"insert into platform.organization_seals (organization_id, epoch, sealed, reason) values ('{Organization}', 7, true, 'Sealed by alice.')");
        await using var connection = await Store.OpenConnectionAsync(Cancel);
        await _services.GetRequiredService<IResources>().RequestDeletionAsync(connection, Resource, Guid.NewGuid(), null, Cancel);
        Assert.IsType<Requeue.FinishedCase>(await ReconcileAsync());
        Assert.Equal(["remove instance", "remove volume"], _host.Calls);
        Assert.Equal(0L, await CountAsync("platform.resource_keys"));
    }

    private async Task ThreeNodesAsync(int primary)
    {
        await ExecuteAsync("delete from platform.agents");
        await ExecuteAsync($$"""
            update platform.resources set spec = spec || '{"availability": "ha"}', internal = jsonb_build_object('formed', true, 'nodes', (
                select jsonb_agg(jsonb_build_object('instanceId', n.instance, 'volumeId', n.volume, 'hostNumber', n.number)) from unnest(
                    '{{{string.Join(',', Nodes)}}}'::uuid[], '{{{string.Join(',', Volumes)}}}'::uuid[], '{2, 10, 11}'::int[]) n (instance, volume, number)))
            """);
        for (var i = 0; i < Nodes.Length; i++)
        {
            await using var command = Store.CreateCommand("insert into platform.agents (instance_id, resource_id, space_id, facts) values ($1, $2, $3, $4)");
            var facts = new Facts { Postgres = new PostgresFacts { Ready = true, Role = i == primary ? "primary" : "replica" } };
            foreach (var value in new object[] { Nodes[i], Resource, Space, facts.ToByteArray() })
            {
                command.Parameters.Add(new() { Value = value });
            }

            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    private Task<Requeue> ReconcileAsync() => ReconcileAsync("postgres", Resource);

    private Task<Requeue> ReconcileAsync(string kind, Guid id) =>
        _services.GetServices<IReconciler>().Single(r => r.Kind == kind).ReconcileAsync(new DirectLease(Store, new WorkKey(kind, id)), Cancel);

    private async Task<string> StatusAsync(string member)
    {
        await using var command = Store.CreateCommand("select status ->> $1 from platform.resources");
        command.Parameters.Add(new() { Value = member });
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<long> CountAsync(string table)
    {
        await using var command = Store.CreateCommand("select count(*) from " + table);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
