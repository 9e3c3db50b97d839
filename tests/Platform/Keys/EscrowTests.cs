using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts;
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
using Beffroi.Transparency.Escrow;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>What is sealed to a customer's escrow key, over a real store and the real provider of software keys.</summary>
public sealed class EscrowTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly Guid Organization = Guid.Parse("01900000-0000-7000-8000-0000000000ba");
    private static readonly Guid Space = Guid.Parse("01900000-0000-7000-8000-0000000000bb");
    private static readonly Guid Resource = Guid.Parse("01900000-0000-7000-8000-0000000000bc");
    private static readonly Guid Later = Guid.Parse("01900000-0000-7000-8000-0000000000bd");
    private readonly EscrowPrivateKey _escrow = Key();
    private TestStore _store = null!;
    private NpgsqlConnection _connection = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IResourceKeys Keys => _store.Get<IResourceKeys>();

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.CreateAsync(server, o => o with { KeyRetirement = TimeSpan.Zero, KeyRefusalPatience = TimeSpan.Zero });
        await _store.ExecuteAsync($"insert into platform.organizations (id, name) values ('{Organization}', 'demo')");
        await _store.ExecuteAsync($"insert into platform.spaces (id, organization_id, name, classification, zone, network_index) values ('{Space}', '{Organization}', 'eval', 'open', 'local', 0)");
        await _store.ExecuteAsync($"insert into platform.resources (id, kind, space_id, name, spec, status) values ('{Resource}', 'postgres', '{Space}', 'db', '{{}}', '{{}}')");
        await _store.ExecuteAsync($"insert into platform.resources (id, kind, space_id, name, spec, status) values ('{Later}', 'postgres', '{Space}', 'later', '{{}}', '{{}}')");
        _connection = await _store.OpenAsync();
        await _store.Get<IOrganizationKeys>().EnsureAsync(Organization, Cancel);
        await Keys.EnsureAsync(_connection, Organization, Resource, Cancel);
        await Keys.PutSecretAsync(_connection, Organization, Resource, "password", Secret.FromText("a password"), Cancel);
        await _store.Get<IAuthorities>().EnsureAsync(_connection, AuthorityId.Servers(Space, Organization), "test", Cancel);
        await _store.Get<IAuthorities>().EnsureAsync(_connection, AuthorityId.SpacePeers(Space, Organization), "test", Cancel);
        await _store.Get<IAuthorities>().EnsureAsync(_connection, AuthorityId.Peers(Resource, Organization), "test", Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _store.DisposeAsync();
        _escrow.Dispose();
    }

    [Fact]
    public async Task What_is_there_is_sealed_and_what_comes_is_sealed_as_it_is_made()
    {
        Assert.All(await RowsAsync(), row => Assert.Null(row.Sealed));
        await RegisterAsync(_escrow);
        Assert.Equal((0, 4), await CountAsync(_escrow));
        await ReconcileAsync();
        Assert.Equal((4, 0), await CountAsync(_escrow));
        Assert.Equal(1, await _store.CountAsync("platform.ledger_pending where members like '%key.escrow.seal%'"));

        await Keys.EnsureAsync(_connection, Organization, Later, Cancel);
        await _store.Get<IAuthorities>().EnsureAsync(_connection, AuthorityId.Peers(Later, Organization), "test", Cancel);
        Assert.Equal((6, 0), await CountAsync(_escrow));
        // Nothing is done twice, nor told twice.
        var before = await RowsAsync();
        await ReconcileAsync();
        Assert.Equal(before.Select(r => r.Sealed!), (await RowsAsync()).Select(r => r.Sealed!));
        Assert.Equal(1, await _store.CountAsync("platform.ledger_pending where members like '%key.escrow.seal%'"));

        foreach (var resource in new[] { Resource, Later })
        {
            // What is derived from an opened key is what the platform derives: volumes and backups open with it.
            using var key = Open(_escrow, (await RowsAsync()).Single(r => r.Blob.Context is { Purpose: "resource-key" } c && c.ResourceId == resource));
            foreach (var (purpose, length) in new[] { ("volume", 64), ("backup", 48) })
            {
                using var mine = ResourceKeyUses.Derive(key, resource, purpose, length);
                using var theirs = await Keys.DeriveAsync(_connection, Organization, resource, purpose, length, Cancel);
                Assert.Equal(theirs, mine);
            }
        }

        // An authority's private key is the one of its certificate.
        using var authority = ECDsa.Create();
        authority.ImportPkcs8PrivateKey(Open(_escrow, (await RowsAsync()).Single(r => r.Blob.Context.Purpose == "authority/servers")).Reveal(), out _);
        using var certificate = X509Certificate2.CreateFromPem(await _store.Get<IAuthorities>().FindPemAsync(_connection, AuthorityId.Servers(Space, Organization), Cancel));
        Assert.Equal(certificate.PublicKey.ExportSubjectPublicKeyInfo(), authority.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task A_rotation_of_the_organizations_key_leaves_it_as_it_is()
    {
        await RegisterAsync(_escrow);
        await ReconcileAsync();
        var before = await RowsAsync();
        await KeyOperations.BeginAsync(_connection, Organization, "rotate", null, null, Cancel);
        await ReconcileAsync();
        Assert.Equal("succeeded", (await KeyOperations.FindNewestAsync(_connection, Organization, Cancel))!.Shown.State);
        var after = await RowsAsync();
        Assert.Equal(before.Select(r => r.Sealed!), after.Select(r => r.Sealed!));
        Assert.NotEqual(before.Select(r => r.Blob.Wrapped), after.Select(r => r.Blob.Wrapped));
        Assert.All(after, row => Open(_escrow, row).Dispose());
    }

    [Fact]
    public async Task Another_escrow_key_takes_the_place_of_the_first_and_without_any_nothing_stays()
    {
        await RegisterAsync(_escrow);
        await ReconcileAsync();
        using var second = Key();
        await RegisterAsync(second);
        await ReconcileAsync();
        Assert.Equal((4, 0), await CountAsync(second));
        Assert.All(await RowsAsync(), row =>
        {
            Open(second, row).Dispose();
            Assert.Null(_escrow.Open(EscrowTable.Binding(Organization, row.Blob.Context), row.Sealed));
        });

        await EscrowTable.RemoveAsync(_connection, Organization, Cancel);
        Assert.All(await RowsAsync(), row => Assert.Null(row.Sealed ?? row.Commitment));
        // One that was on its way as the key was removed.
        await EscrowTable.NoteAsync(_connection, (await RowsAsync())[0].Blob, [1, 2, 3], new byte[32], Cancel);
        await ReconcileAsync();
        Assert.All(await RowsAsync(), row => Assert.Null(row.Sealed ?? row.Commitment));
    }

    [Fact]
    public async Task A_key_that_is_destroyed_is_gone_from_escrow_with_it()
    {
        await RegisterAsync(_escrow);
        await ReconcileAsync();
        await _store.InTransactionAsync(async c => await Keys.DestroyAsync(c, Resource, Cancel));
        await _store.Get<IAuthorities>().RemoveAsync(_connection, AuthorityId.Peers(Resource, Organization), Cancel);
        var export = (await EscrowTable.ExportAsync(_connection, Organization, "demo", DateTimeOffset.UtcNow, Cancel))!;
        Assert.Equal(2, export.Keys.Count);
        Assert.DoesNotContain(export.Keys, k => k.OwnerId == Resource);
    }

    [Fact]
    public async Task The_export_names_every_key_and_opens_with_the_escrow_key_alone()
    {
        await RegisterAsync(_escrow);
        Assert.All((await EscrowTable.ExportAsync(_connection, Organization, "demo", DateTimeOffset.UtcNow, Cancel))!.Keys, k => Assert.Null(k.Sealed));
        await ReconcileAsync();
        var export = (await EscrowTable.ExportAsync(_connection, Organization, "demo", DateTimeOffset.UtcNow, Cancel))!;
        Assert.Equal(_escrow.PublicKey.Fingerprint, export.Fingerprint);
        Assert.Equal(
            [("eval", "space", "authority/servers"), ("eval", "space", "authority/space-peers"), ("eval/db", "postgres", "authority/peers"), ("eval/db", "postgres", "resource-key")],
            export.Keys.Select(k => (k.Owner, k.Kind, k.Purpose)));
        Assert.All(export.Keys, k =>
        {
            var binding = new EscrowBinding(export.OrganizationId, k.OwnerId, k.Purpose, k.Generation);
            using var key = _escrow.Open(binding, k.Sealed);
            Assert.Equal(k.Commitment, Convert.ToHexStringLower(binding.Commitment(key!.Reveal())));
        });
    }

    [Fact]
    public async Task With_the_providers_key_gone_for_good_the_organization_is_recovered_whole()
    {
        await RegisterAsync(_escrow);
        await ReconcileAsync();
        using var volume = await Keys.DeriveAsync(_connection, Organization, Resource, "volume", 64, Cancel);
        foreach (var file in Directory.GetFiles(_store.Options.KeysDirectory, Organization.ToString("N") + "*"))
        {
            File.Delete(file);
        }

        await ReconcileAsync();
        Assert.True((await SealTable.FindAsync(_connection, Organization, Cancel)).IsSealed);
        await Assert.ThrowsAsync<OrganizationSealedException>(() => Keys.DeriveAsync(_connection, Organization, Resource, "volume", 64, Cancel));

        var rows = await RowsAsync();
        var keys = rows.ConvertAll(row =>
        {
            using var key = Open(_escrow, row);
            return new RecoveredKey(row.Blob.Context.ResourceId, row.Blob.Context.Purpose, row.Blob.Context.Generation, key.Reveal().ToArray());
        });
        var escrow = (await EscrowTable.FindAsync(_connection, Organization, Cancel))!;
        Assert.Null(EscrowRecovery.Check(Organization, escrow, rows, keys));
        // One missing, one changed, one in another's place: none of it is a recovery.
        Assert.Equal("invalid-request", EscrowRecovery.Check(Organization, escrow, rows, keys[1..])!.Type);
        Assert.NotNull(EscrowRecovery.Check(Organization, escrow, rows, [keys[0] with { Key = RandomNumberGenerator.GetBytes(32) }, .. keys[1..]]));
        Assert.NotNull(EscrowRecovery.Check(Organization, escrow, rows, [keys[0] with { Key = keys[1].Key }, keys[1] with { Key = keys[0].Key }, .. keys[2..]]));
        Assert.Equal("escrow-incomplete", EscrowRecovery.Check(Organization, escrow, [.. rows[1..], rows[0] with { Sealed = null }], keys)!.Type);

        await _store.InTransactionAsync(async connection =>
        {
            var generation = await _store.Get<EscrowRecovery>().RecoverAsync(connection, Organization, "software", rows, keys, Cancel);
            await KeyOperations.BeginAsync(connection, Organization, "unseal", null, null, Cancel);
            return generation;
        });
        await ReconcileAsync();
        Assert.False((await SealTable.FindAsync(_connection, Organization, Cancel)).IsSealed);
        Assert.Equal(["lost", "active"], (await OrganizationKeyTable.ListAsync(_connection, Organization, Cancel)).Select(g => g.State));
        Assert.Equal(volume, await Keys.DeriveAsync(_connection, Organization, Resource, "volume", 64, Cancel));
        Assert.Equal("a password", (await Keys.GetSecretAsync(_connection, Organization, Resource, "password", Cancel))!.RevealText());
        // It is an organization as any other: watched, rotated, sealed to the same escrow key.
        await ReconcileAsync();
        Assert.False((await SealTable.FindAsync(_connection, Organization, Cancel)).IsSealed);
        Assert.Equal((4, 0), await CountAsync(_escrow));
        await KeyOperations.BeginAsync(_connection, Organization, "rotate", null, null, Cancel);
        await ReconcileAsync();
        Assert.Equal(["lost", "destroyed", "active"], (await OrganizationKeyTable.ListAsync(_connection, Organization, Cancel)).Select(g => g.State));
        Assert.Equal(volume, await Keys.DeriveAsync(_connection, Organization, Resource, "volume", 64, Cancel));
    }

    [Fact]
    public async Task Another_organization_with_the_same_escrow_key_opens_nothing_in_its_place()
    {
        await RegisterAsync(_escrow);
        await ReconcileAsync();
        Assert.All(await RowsAsync(), row => Assert.Null(_escrow.Open(EscrowTable.Binding(Guid.NewGuid(), row.Blob.Context), row.Sealed)));
    }

    private static EscrowPrivateKey Key()
    {
        using var seed = Secret.Random(EscrowPrivateKey.SeedLength);
        return EscrowPrivateKey.FromSeed(seed);
    }

    private static Secret Open(EscrowPrivateKey escrow, EscrowRow row)
    {
        var binding = EscrowTable.Binding(Organization, row.Blob.Context);
        var key = escrow.Open(binding, row.Sealed);
        Assert.NotNull(key);
        Assert.Equal(row.Commitment, binding.Commitment(key.Reveal()));
        return key;
    }

    private Task RegisterAsync(EscrowPrivateKey key) => EscrowTable.PutAsync(_connection, Organization, key.PublicKey, "alice", Cancel);

    private Task<List<EscrowRow>> RowsAsync() => EscrowTable.ListAsync(_connection, Organization, Cancel);

    private async Task<(long, long)> CountAsync(EscrowPrivateKey key) => await EscrowTable.CountAsync(_connection, Organization, key.PublicKey.Mark, Cancel);

    private async Task ReconcileAsync()
    {
        using var services = new ServiceCollection().AddSingleton<IInfrastructure>(new FakeHost()).BuildServiceProvider();
        var reconciler = new OrganizationKeyReconciler(
            _store.Source, _store.Get<KeyProviders>(), new SealSteps(_store.Source, _store.Get<KeyProviders>(), services, _store.Get<ISignals>(), TimeProvider.System),
            _store.Get<RotationSteps>(), _store.Get<EscrowSealing>(), _store.Get<ILedger>(), _store.Get<FaultPoints>(), _store.Options, TimeProvider.System);
        await reconciler.ReconcileAsync(new DirectLease(_store.Source, new WorkKey(reconciler.Kind, Organization)), Cancel);
    }
}
