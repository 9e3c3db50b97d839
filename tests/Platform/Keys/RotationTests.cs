using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>The reconciler of organizations' keys, led by the hand over a real store and real providers.</summary>
[Collection("PKCS#11")]
public sealed partial class RotationTests(PostgresServer server, RemoteToken remote)
{
    private static readonly Guid Organization = Guid.Parse("01900000-0000-7000-8000-0000000000aa");
    private static readonly Guid Space = Guid.Parse("01900000-0000-7000-8000-0000000000ab");
    private static readonly Guid Resource = Guid.Parse("01900000-0000-7000-8000-0000000000ac");
    private static readonly Guid Second = Guid.Parse("01900000-0000-7000-8000-0000000000ae");
    private static readonly Guid Probe = Guid.Parse("01900000-0000-7000-8000-0000000000af");
    private static readonly Guid Spare = Guid.Parse("01900000-0000-7000-8000-0000000000ad");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_moves_from_a_file_into_an_hsm_and_everything_still_opens()
    {
        await using var store = await PrepareAsync(o => o with { KeyProviders = [remote.Token.Local], KeyRetirement = TimeSpan.Zero });
        var keys = store.Get<IResourceKeys>();
        await using var connection = await store.OpenAsync();
        var before = await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel);
        var beforeSpare = await keys.DeriveAsync(connection, Organization, Spare, "volume", 64, Cancel);
        await KeyOperations.BeginAsync(connection, Organization, "rotate", "hsm", null, Cancel);
        await ReconcileAsync(store);

        Assert.Equal("succeeded", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.State);
        Assert.Equal(before, await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel));
        Assert.Equal("a password", (await keys.GetSecretAsync(connection, Organization, Resource, "password", Cancel))!.RevealText());
        foreach (var authority in new[] { AuthorityId.Servers(Space, Organization), AuthorityId.Peers(Resource, Organization) })
        {
            await store.Get<IAuthorities>().SignAsync(
                connection, authority, TestRequest(), new CertificateNames("x", ["x"], []), CertificateUse.Server, TimeSpan.FromDays(1), Cancel);
        }

        // The spare's as well, which no list shows.
        Assert.Equal(beforeSpare, await keys.DeriveAsync(connection, Organization, Spare, "volume", 64, Cancel));
        var generations = await OrganizationKeyTable.ListAsync(connection, Organization, Cancel);
        Assert.Equal(["destroyed", "active"], generations.Select(g => g.State));
        Assert.Equal(["software", "hsm"], generations.Select(g => g.Provider));
        Assert.DoesNotContain(Directory.GetFiles(store.Options.KeysDirectory), f => f.Contains(Organization.ToString("N"), StringComparison.Ordinal));
        Assert.Equal(1, await store.CountAsync("platform.ledger_pending where members like '%key.destroy%'"));
    }

    [Fact]
    public async Task An_old_generation_outlives_what_may_still_be_under_way_with_it()
    {
        await using var store = await PrepareAsync(o => o with { KeyRetirement = TimeSpan.FromHours(1) });
        await using var connection = await store.OpenAsync();
        await KeyOperations.BeginAsync(connection, Organization, "rotate", null, null, Cancel);
        await ReconcileAsync(store);
        Assert.Equal("running", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.State);
        Assert.Equal(["retiring", "active"], (await OrganizationKeyTable.ListAsync(connection, Organization, Cancel)).Select(g => g.State));
        Assert.Equal(2, Directory.GetFiles(store.Options.KeysDirectory).Count(f => f.Contains(Organization.ToString("N"), StringComparison.Ordinal)));

        // Again and again makes no further generation.
        await ReconcileAsync(store);
        Assert.Equal(2, (await OrganizationKeyTable.ListAsync(connection, Organization, Cancel)).Count);
        await store.ExecuteAsync("update platform.organization_keys set retired_at = now() - interval '2 hours' where state = 'retiring'");
        await ReconcileAsync(store);
        Assert.Equal(["destroyed", "active"], (await OrganizationKeyTable.ListAsync(connection, Organization, Cancel)).Select(g => g.State));
    }

    [Fact]
    public async Task Sealed_no_key_comes_out_and_the_sealing_ends_only_when_the_host_has_nothing_open()
    {
        await using var store = await PrepareAsync(o => o);
        await using var connection = await store.OpenAsync();
        var keys = store.Get<IResourceKeys>();
        await SealedOrganizations.SealAsync(connection, Organization, "Sealed by a test.", null, store.Get<ISignals>(), Cancel);
        await Assert.ThrowsAsync<OrganizationSealedException>(() => keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel));
        await Assert.ThrowsAsync<OrganizationSealedException>(() => keys.GetSecretAsync(connection, Organization, Resource, "password", Cancel));
        await Assert.ThrowsAsync<OrganizationSealedException>(() => store.Get<IOrganizationKeys>().EnsureAsync(Organization, Cancel));

        var host = new FakeHost { Volumes = [new VolumeState(Resource, 1, true, "fscrypt", false)] };
        await ReconcileAsync(store, host);
        Assert.Contains("eval/db", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.Message, StringComparison.Ordinal);
        await store.ExecuteAsync("update platform.resources set internal = '{\"sealEpoch\": 1}', status = '{\"state\": \"sealed\"}' where not spare");
        await ReconcileAsync(store, host);
        Assert.Contains("the spare of eval", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.Message, StringComparison.Ordinal);
        await store.ExecuteAsync("update platform.resources set internal = '{\"sealEpoch\": 1}', status = '{\"state\": \"sealed\"}' where spare");
        // A verification that is over has nothing to close; what it had, and every node's volume, is looked for all the same.
        await store.ExecuteAsync($$"""
            insert into platform.resources (id, kind, space_id, name, spec, status, internal)
            values (gen_random_uuid(), 'isolation-verification', '{{Space}}', 'v1', '{}', '{}', '{"removed": true, "probes": [{"instanceId": "{{Probe}}"}]}');
            update platform.resources set internal = internal || '{"nodes": [{"volumeId": "{{Resource}}"}, {"volumeId": "{{Second}}"}]}' where id = '{{Resource}}'
            """);
        foreach (var open in new[] { Resource, Second, Spare, Probe })
        {
            host.Volumes = [new VolumeState(open, 1, true, "fscrypt", false)];
            await ReconcileAsync(store, host);
            Assert.Contains($"{open} is still open", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.Message, StringComparison.Ordinal);
        }

        (host.Volumes, host.Instances) = ([new VolumeState(Resource, 1, false, "fscrypt", false)], [new InstanceState(Probe, Space, "Running", "10.93.0.9", "digest")]);
        await ReconcileAsync(store, host);
        Assert.Contains("still runs", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.Message, StringComparison.Ordinal);
        (host.Volumes, host.Instances) = ([new VolumeState(Guid.NewGuid(), 1, true, "fscrypt", false)], [new InstanceState(Probe, Guid.NewGuid(), "Running", "10.94.0.9", "digest")]);
        await ClearsAsync(store, host, connection);
        Assert.Equal("succeeded", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.State);

        await KeyOperations.BeginAsync(connection, Organization, "unseal", null, null, Cancel);
        await ReconcileAsync(store, host);
        Assert.False((await SealTable.FindAsync(connection, Organization, Cancel)).IsSealed);
        Assert.Equal("running", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.State);
        await store.ExecuteAsync("update platform.resources set status = '{\"state\": \"ready\"}' where not spare");
        await ReconcileAsync(store, host);
        Assert.Equal("succeeded", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.State);
        using var derived = await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel);
    }

    [Fact]
    public async Task A_provider_that_refuses_seals_the_organization_and_one_that_is_away_does_not()
    {
        var patience = TimeSpan.FromHours(1);
        await using var vault = await TransitServer.StartAsync();
        await using var store = await PrepareAsync(o => o with { KeyProviders = [vault.Options], DefaultKeyProvider = "vault", KeyRefusalPatience = patience });
        await using var connection = await store.OpenAsync();
        await ReconcileAsync(store);
        Assert.False((await SealTable.FindAsync(connection, Organization, Cancel)).IsSealed);
        var token = await File.ReadAllTextAsync(vault.TokenFile, Cancel);
        File.Delete(vault.TokenFile);
        await ReconcileAsync(store);
        Assert.False((await SealTable.FindAsync(connection, Organization, Cancel)).IsSealed);
        Assert.Equal(1, await store.CountAsync("platform.organization_keys where problem is not null"));
        await File.WriteAllTextAsync(vault.TokenFile, token, Cancel);

        // A refusal counts once it has lasted.
        vault.Denies = true;
        await ReconcileAsync(store);
        Assert.False((await SealTable.FindAsync(connection, Organization, Cancel)).IsSealed);
        await store.ExecuteAsync("update platform.organization_keys set refused_since = refused_since - interval '2 hours'");
        await ReconcileAsync(store);
        var seal = await SealTable.FindAsync(connection, Organization, Cancel);
        Assert.True(seal.IsSealed);
        Assert.Contains("permission denied", seal.Reason, StringComparison.Ordinal);
        Assert.Equal("seal", (await KeyOperations.FindRunningAsync(connection, Organization, Cancel))!.Shown.Verb);

        // Nobody unseals against the provider's will.
        await KeyOperations.BeginAsync(connection, Organization, "unseal", null, null, Cancel);
        await ReconcileAsync(store);
        Assert.True((await SealTable.FindAsync(connection, Organization, Cancel)).IsSealed);
        vault.Denies = false;
        await ReconcileAsync(store);
        Assert.False((await SealTable.FindAsync(connection, Organization, Cancel)).IsSealed);
    }

    // Every replica that there is has given its memory back before a sealing is over; one that was not heard lately is down.
    private static async Task ClearsAsync(TestStore store, FakeHost host, NpgsqlConnection connection)
    {
        using MemoryClearing first = Replica(), second = Replica(), down = Replica();
        foreach (var waiting in new[] { "Waiting for 1 process of", "Waiting for 2 processes of" })
        {
            await ReconcileAsync(store, host);
            Assert.StartsWith(waiting, (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.Message, StringComparison.Ordinal);
            await down.LookAsync(Cancel);
            await store.ExecuteAsync("update platform.replicas set heard_at = now() - interval '1 minute'");
            await first.LookAsync(Cancel);
            await second.LookAsync(Cancel);
            // As if they had been there before the sealing was asked for.
            await store.ExecuteAsync("update platform.replicas set cleared_at = '-infinity'");
        }

        await first.LookAsync(Cancel);
        await ReconcileAsync(store, host);
        Assert.StartsWith("Waiting for 1 process of", (await KeyOperations.FindNewestAsync(connection, Organization, Cancel))!.Shown.Message, StringComparison.Ordinal);
        await second.LookAsync(Cancel);
        await ReconcileAsync(store, host);

        MemoryClearing Replica() => new(store.Source, TimeProvider.System, NullLogger<MemoryClearing>.Instance);
    }

    private static byte[] TestRequest()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequest();
    }

    private static async Task ReconcileAsync(TestStore store, FakeHost? host = null)
    {
        using var services = new ServiceCollection().AddSingleton<IInfrastructure>(host ?? new FakeHost()).BuildServiceProvider();
        var providers = store.Get<KeyProviders>();
        var reconciler = new OrganizationKeyReconciler(
            store.Source, providers, new SealSteps(store.Source, providers, services, store.Get<ISignals>(), TimeProvider.System),
            store.Get<RotationSteps>(), store.Get<EscrowSealing>(), store.Get<ILedger>(), store.Get<FaultPoints>(), store.Options, TimeProvider.System);
        await reconciler.ReconcileAsync(new DirectLease(store.Source, new WorkKey(reconciler.Kind, Organization)), Cancel);
    }

    private async Task<TestStore> PrepareAsync(Func<PlatformOptions, PlatformOptions> change)
    {
        var store = await TestStore.CreateAsync(server, change);
        await store.ExecuteAsync($"insert into platform.organizations (id, name) values ('{Organization}', 'demo')");
        await store.ExecuteAsync($"insert into platform.spaces (id, organization_id, name, classification, zone, network_index) values ('{Space}', '{Organization}', 'eval', 'open', 'local', 0)");
        await store.ExecuteAsync($"insert into platform.resources (id, kind, space_id, name, spec, status) values ('{Resource}', 'postgres', '{Space}', 'db', '{{}}', '{{}}')");
        await store.ExecuteAsync($"insert into platform.resources (id, kind, space_id, name, spec, status, generation, spare) values ('{Spare}', 'postgres', '{Space}', '0-spare', '{{}}', '{{}}', 0, true)");
        await using var connection = await store.OpenAsync();
        await store.Get<IOrganizationKeys>().EnsureAsync(Organization, Cancel);
        await store.Get<IResourceKeys>().EnsureAsync(connection, Organization, Resource, Cancel);
        await store.Get<IResourceKeys>().EnsureAsync(connection, Organization, Spare, Cancel);
        await store.Get<IResourceKeys>().PutSecretAsync(connection, Organization, Resource, "password", Secret.FromText("a password"), Cancel);
        await store.Get<IAuthorities>().EnsureAsync(connection, AuthorityId.Servers(Space, Organization), "test", Cancel);
        await store.Get<IAuthorities>().EnsureAsync(connection, AuthorityId.Peers(Resource, Organization), "test", Cancel);
        return store;
    }
}
