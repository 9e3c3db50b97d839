using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Store;
using Beffroi.Reconciling;
using Beffroi.Testing;
using CsCheck;

namespace Beffroi.Platform.Tests.Keys;

public sealed class KeysTests(PostgresServer server)
{
    private static readonly Guid Organization = Guid.Parse("01900000-0000-7000-8000-00000000000a");
    private static readonly Guid Resource = Guid.Parse("01900000-0000-7000-8000-00000000000b");
    private static readonly KeyContext Context = new(Resource, "volume");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_wrapped_is_unwrapped_again_and_nothing_of_it_shows()
    {
        await using var store = await TestStore.CreateAsync(server);
        var keys = store.Get<IOrganizationKeys>();
        await keys.EnsureAsync(Organization, Cancel);
        await Gen.Byte.Array[0, 200].SampleAsync(async bytes =>
        {
            using var secret = Secret.FromBytes(bytes);
            var blob = await keys.WrapAsync(Organization, Context, secret, Cancel);
            using var again = await keys.UnwrapAsync(Organization, Context, blob, Cancel);
            return again.Equals(secret) && (bytes.Length < 4 || blob.AsSpan().IndexOf(bytes) < 0);
        }, iter: 50);
    }

    [Fact]
    public async Task Any_flipped_bit_is_refused()
    {
        await using var store = await TestStore.CreateAsync(server);
        var keys = store.Get<IOrganizationKeys>();
        await keys.EnsureAsync(Organization, Cancel);
        var blob = await keys.WrapAsync(Organization, Context, Secret.FromText("a password"), Cancel);
        for (var bit = 0; bit < blob.Length * 8; bit++)
        {
            var flipped = blob.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.UnwrapAsync(Organization, Context, flipped, Cancel));
        }

        for (var length = 0; length < blob.Length; length++)
        {
            await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.UnwrapAsync(Organization, Context, blob[..length], Cancel));
        }
    }

    [Fact]
    public async Task Any_other_context_is_refused()
    {
        await using var store = await TestStore.CreateAsync(server);
        var keys = store.Get<IOrganizationKeys>();
        Guid[] organizations = [Organization, Guid.Empty];
        foreach (var organization in organizations)
        {
            await keys.EnsureAsync(organization, Cancel);
        }

        var any = Gen.Select(OneOf(organizations), OneOf(Resource, Guid.Empty), OneOf("volume", "volume2", "", "v"), Gen.Int[1, 3]);
        await Gen.Select(any, any).SampleAsync(async (one, other) =>
        {
            var blob = await keys.WrapAsync(one.Item1, new(one.Item2, one.Item3, one.Item4), Secret.FromText("x"), Cancel);
            try
            {
                using var _ = await keys.UnwrapAsync(other.Item1, new(other.Item2, other.Item3, other.Item4), blob, Cancel);
                return one == other;
            }
            catch (KeyUnavailableException)
            {
                return one != other;
            }
        }, iter: 200);
    }

    [Fact]
    public async Task Replicas_that_race_agree_on_one_key()
    {
        await using var store = await TestStore.CreateAsync(server);
        await using var providers = new KeyProviders(store.Options, TimeProvider.System);
        var replicas = Enumerable.Range(0, 8).Select(_ => new OrganizationKeys(store.Source, providers, store.Get<ISignals>())).ToList();
        await Task.WhenAll(replicas.Select(r => Task.Run(() => r.EnsureAsync(Organization, Cancel))));
        var blob = await replicas[0].WrapAsync(Organization, Context, Secret.FromText("x"), Cancel);
        foreach (var replica in replicas)
        {
            Assert.Equal("x", (await replica.UnwrapAsync(Organization, Context, blob, Cancel)).RevealText());
        }

        var file = Assert.Single(Directory.GetFiles(store.Options.KeysDirectory));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_lost_key_is_told_and_never_made_anew()
    {
        await using var store = await TestStore.CreateAsync(server);
        var keys = store.Get<IOrganizationKeys>();
        await keys.EnsureAsync(Organization, Cancel);
        var blob = await keys.WrapAsync(Organization, Context, Secret.FromText("x"), Cancel);
        var file = Assert.Single(Directory.GetFiles(store.Options.KeysDirectory));
        var content = await File.ReadAllBytesAsync(file, Cancel);
        File.Delete(file);

        var lost = await Assert.ThrowsAsync<KeyRefusedException>(() => keys.EnsureAsync(Organization, Cancel));
        Assert.Contains("Restore it from a backup", lost.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KeyRefusedException>(() => keys.UnwrapAsync(Organization, Context, blob, Cancel));
        await Assert.ThrowsAsync<KeyRefusedException>(() => keys.WrapAsync(Organization, Context, Secret.FromText("x"), Cancel));
        Assert.Empty(Directory.GetFiles(store.Options.KeysDirectory));

        // Another key in its place is noticed too, and so is one that others may read.
        await WriteAsync(file, new byte[32], UnixFileMode.UserRead);
        Assert.Contains("another key", (await Assert.ThrowsAsync<KeyRefusedException>(() => keys.EnsureAsync(Organization, Cancel))).Message, StringComparison.Ordinal);
        Assert.Contains("another key", (await Assert.ThrowsAsync<KeyRefusedException>(() => keys.UnwrapAsync(Organization, Context, blob, Cancel))).Message, StringComparison.Ordinal);
        await WriteAsync(file, content, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.UnwrapAsync(Organization, Context, blob, Cancel));
        await WriteAsync(file, content, UnixFileMode.UserRead);
        Assert.Equal("x", (await keys.UnwrapAsync(Organization, Context, blob, Cancel)).RevealText());
    }

    [Fact]
    public async Task Resource_keys_derive_alike_each_time_and_differently_for_each_use()
    {
        await using var store = await TestStore.CreateAsync(server);
        await using var connection = await store.OpenAsync();
        await store.Get<IOrganizationKeys>().EnsureAsync(Organization, Cancel);
        var keys = store.Get<IResourceKeys>();
        var other = Guid.NewGuid();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => await store.InTransactionAsync(async c =>
        {
            await keys.EnsureAsync(c, Organization, Resource, Cancel);
            return 0;
        })));
        await keys.EnsureAsync(connection, Organization, other, Cancel);

        var volume = await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel);
        Assert.Equal(volume, await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel));
        Assert.NotEqual(volume, await keys.DeriveAsync(connection, Organization, Resource, "backup", 64, Cancel));
        Assert.NotEqual(volume, await keys.DeriveAsync(connection, Organization, other, "volume", 64, Cancel));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.DeriveAsync(connection, Guid.NewGuid(), Resource, "volume", 64, Cancel));

        await keys.DestroyAsync(connection, Resource, Cancel);
        await keys.DestroyAsync(connection, Resource, Cancel);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel));
    }

    [Fact]
    public async Task A_key_is_rotated_under_its_secrets_while_others_read_and_write_them()
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.Get<IOrganizationKeys>().EnsureAsync(Organization, Cancel);
        var keys = store.Get<IResourceKeys>();
        await using var connection = await store.OpenAsync();
        await keys.EnsureAsync(connection, Organization, Resource, Cancel);
        var first = await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel);
        await keys.PutSecretAsync(connection, Organization, Resource, "still", Secret.FromText("canary-7431"), Cancel);
        await keys.PutSecretAsync(connection, Organization, Resource, "busy", Secret.FromText("0"), Cancel);

        using var stop = new CancellationTokenSource();
        var writing = Task.Run(
            async () =>
            {
                var written = 0;
                while (!stop.IsCancellationRequested)
                {
                    written++;
                    await store.InTransactionAsync(async c =>
                    {
                        await keys.PutSecretAsync(c, Organization, Resource, "busy", Secret.FromText(written.ToString(System.Globalization.CultureInfo.InvariantCulture)), Cancel);
                        return 0;
                    });
                }

                return written;
            }, Cancel);
        var reading = Task.Run(
            async () =>
            {
                await using var own = await store.OpenAsync();
                while (!stop.IsCancellationRequested)
                {
                    Assert.Equal("canary-7431", (await keys.GetSecretAsync(own, Organization, Resource, "still", Cancel))!.RevealText());
                }
            }, Cancel);
        for (var generation = 2; generation <= 8; generation++)
        {
            Assert.Equal(generation, await store.InTransactionAsync(c => keys.RotateAsync(c, Organization, Resource, Cancel)));
            var retired = await store.InTransactionAsync(c => keys.RetireAsync(c, Organization, Resource, [1], Cancel));
            Assert.True(generation == 2 ? retired is null : retired!.ToString().StartsWith($"generation {generation - 1}, SHA-256", StringComparison.Ordinal), retired?.ToString());
        }

        await stop.CancelAsync();
        await reading;
        Assert.Equal(
            (await writing).ToString(System.Globalization.CultureInfo.InvariantCulture), (await keys.GetSecretAsync(connection, Organization, Resource, "busy", Cancel))!.RevealText());
        Assert.Equal(2, await store.CountAsync("platform.resource_keys"));
        Assert.Equal(first, await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel, generation: 1));
        Assert.NotEqual(first, await keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel, generation: 2));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.RotateAsync(connection, Organization, Guid.NewGuid(), Cancel));

        Assert.Contains("generation 1, SHA-256", (await keys.DestroyAsync(connection, Resource, Cancel))!.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await store.CountAsync("platform.secrets") + await store.CountAsync("platform.resource_keys"));
    }

    [Fact]
    public async Task Secrets_are_sealed_bound_to_their_place_and_go_with_the_key()
    {
        await using var store = await TestStore.CreateAsync(server);
        await using var connection = await store.OpenAsync();
        await store.Get<IOrganizationKeys>().EnsureAsync(Organization, Cancel);
        var keys = store.Get<IResourceKeys>();
        await keys.EnsureAsync(connection, Organization, Resource, Cancel);
        await keys.PutSecretAsync(connection, Organization, Resource, "password", Secret.FromText("before"), Cancel);
        await keys.PutSecretAsync(connection, Organization, Resource, "password", Secret.FromText("canary-7431"), Cancel);
        Assert.Equal("canary-7431", (await keys.GetSecretAsync(connection, Organization, Resource, "password", Cancel))!.RevealText());
        Assert.Null(await keys.GetSecretAsync(connection, Organization, Resource, "other", Cancel));
        await keys.PutSecretAsync(connection, Organization, Resource, "role/a", Secret.FromText("of a"), Cancel);
        await keys.PutSecretAsync(connection, Organization, Resource, "role/b", Secret.FromText("of b"), Cancel);
        await keys.RetainSecretsAsync(connection, Resource, "role/", ["role/b"], Cancel);
        var left = await keys.GetSecretsAsync(connection, Organization, Resource, ["role/a", "role/b", "password"], Cancel);
        Assert.Equal([("password", "canary-7431"), ("role/b", "of b")], left.OrderBy(s => s.Key).Select(s => (s.Key, s.Value.RevealText())));
        Assert.Equal(0, await store.CountAsync("platform.secrets where position('canary'::bytea in sealed) > 0"));

        await store.ExecuteAsync("update platform.secrets set name = 'other' where name = 'password'");
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.GetSecretAsync(connection, Organization, Resource, "other", Cancel));
        await keys.DestroyAsync(connection, Resource, Cancel);
        Assert.Equal(0, await store.CountAsync("platform.secrets") + await store.CountAsync("platform.resource_keys"));
    }

    /// <summary>Whoever writes to the store moves what is wrapped to where something else belongs: nothing of it opens there.</summary>
    [Theory]
    [InlineData("generations", "update platform.resource_keys k set wrapped = o.wrapped from platform.resource_keys o where k.resource_id = $1 and o.resource_id = $1 and k.generation <> o.generation")]
    [InlineData("resources", "update platform.resource_keys k set wrapped = o.wrapped from platform.resource_keys o where k.resource_id = $1 and o.resource_id = $2")]
    [InlineData("organizations", "update platform.resource_keys k set wrapped = o.wrapped from platform.resource_keys o where k.resource_id = $1 and o.resource_id = $3")]
    [InlineData("purposes", "update platform.resource_keys k set wrapped = o.wrapped from platform.resource_keys o where k.resource_id = $1 and o.resource_id = $1 and o.purpose = 'other'")]
    [InlineData("numbers", "update platform.resource_keys set generation = generation + 1 where resource_id = $1 and generation = (select max(generation) from platform.resource_keys where resource_id = $1)")]
    [InlineData("a secret's owners", "update platform.secrets s set sealed = o.sealed from platform.secrets o where s.owner_id = $1 and o.owner_id = $2")]
    public async Task What_is_wrapped_opens_only_where_it_belongs(string moved, string sql)
    {
        await using var store = await TestStore.CreateAsync(server);
        await using var connection = await store.OpenAsync();
        var (other, elsewhere, neighbour) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var keys = store.Get<IResourceKeys>();
        foreach (var (organization, resource) in new[] { (Organization, Resource), (Organization, other), (neighbour, elsewhere) })
        {
            await store.Get<IOrganizationKeys>().EnsureAsync(organization, Cancel);
            await keys.EnsureAsync(connection, organization, resource, Cancel);
            await keys.PutSecretAsync(connection, organization, resource, "password", Secret.FromText("its own"), Cancel);
        }

        await store.InTransactionAsync(c => keys.RotateAsync(c, Organization, Resource, Cancel));
        // A key of the same resource for another use, which none has yet.
        var wrapped = await store.Get<IOrganizationKeys>().WrapAsync(Organization, new(Resource, "other", 2), Secret.Random(32), Cancel);
        await connection.Statement(
            "insert into platform.resource_keys (id, organization_id, resource_id, purpose, generation, wrapped) values (gen_random_uuid(), $1, $2, 'other', 2, $3)", Organization, Resource, wrapped).RunAsync(Cancel);
        Assert.Equal("its own", (await keys.GetSecretAsync(connection, Organization, Resource, "password", Cancel))!.RevealText());

        await store.ExecuteAsync(sql.Replace("$1", $"'{Resource}'", StringComparison.Ordinal).Replace("$2", $"'{other}'", StringComparison.Ordinal).Replace("$3", $"'{elsewhere}'", StringComparison.Ordinal));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.GetSecretAsync(connection, Organization, Resource, "password", Cancel));
        if (moved != "a secret's owners")
        {
            await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.DeriveAsync(connection, Organization, Resource, "volume", 64, Cancel));
        }
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static async Task WriteAsync(string file, byte[] content, UnixFileMode mode)
    {
        File.Delete(file);
        await File.WriteAllBytesAsync(file, content, Cancel);
        File.SetUnixFileMode(file, mode);
    }
}
