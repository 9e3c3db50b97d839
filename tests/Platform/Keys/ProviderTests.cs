using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Providers;
using Net.Pkcs11Interop.Common;

[assembly: AssemblyFixture(typeof(Beffroi.Platform.Tests.Keys.RemoteToken))]

namespace Beffroi.Platform.Tests.Keys;

/// <summary>One token behind one p11-kit server for all tests of the process, as the client reads the server's address from the environment once.</summary>
public sealed class RemoteToken : IDisposable
{
    public RemoteToken() => Token.Serve();

    internal SoftToken Token { get; } = new();

    internal Pkcs11Modules Modules { get; } = new();

    public void Dispose()
    {
        Modules.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Token.Dispose();
    }
}

/// <summary>Every provider keeps the same promises.</summary>
[Collection("PKCS#11")]
public sealed partial class ProviderTests(RemoteToken remote)
{
    private static readonly byte[] Context = "context"u8.ToArray();

    public static TheoryData<string> All => ["software", "hsm", "remote", "vault"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_is_made_once_and_made_whole_when_that_was_interrupted(bool interrupted)
    {
        var options = remote.Token.Local with { TokenLabel = interrupted ? "interrupted" : "fresh" };
        if (interrupted)
        {
            remote.Modules.Get(options.Module!, options.Environment).Use((library, _) =>
            {
                var free = library.GetSlotList(SlotsType.WithTokenPresent).First(s => !s.GetTokenInfo().TokenFlags.TokenInitialized);
                free.InitToken(File.ReadAllText(options.PinFile!), options.TokenLabel!);
                return true;
            });
        }

        using var keys = new Pkcs11Keys(options, remote.Modules);
        Assert.True(keys.InitializeToken());
        Assert.False(keys.InitializeToken());
        var key = await KeyAsync(keys, Guid.NewGuid(), 1);
        using var secret = Secret.Random(32);
        Assert.Equal(secret, await keys.UnwrapAsync(key, Context, await keys.WrapAsync(key, Context, secret, Cancel), Cancel));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_blob_opens_only_whole_under_its_key_and_in_its_context(string name)
    {
        await using var place = await PlaceAsync(name);
        var provider = place.Provider;
        var key = await KeyAsync(provider, Guid.NewGuid(), 1);
        var other = await KeyAsync(provider, Guid.NewGuid(), 1);
        Assert.Equal(key.Fingerprint, await provider.CreateAsync(key.OrganizationId, 1, Cancel));
        Assert.NotEqual(key.Fingerprint, other.Fingerprint);
        await provider.CheckAsync(key, Cancel);

        using var secret = Secret.Random(32);
        var blob = await provider.WrapAsync(key, Context, secret, Cancel);
        Assert.True(SealedBlob.IsUnder(key, blob));
        Assert.NotEqual(blob, await provider.WrapAsync(key, Context, secret, Cancel));
        Assert.Equal(secret, await provider.UnwrapAsync(key, Context, blob, Cancel));
        await Assert.ThrowsAnyAsync<KeyUnavailableException>(() => provider.UnwrapAsync(key, "contexT"u8.ToArray(), blob, Cancel));
        await Assert.ThrowsAnyAsync<KeyUnavailableException>(() => provider.UnwrapAsync(other, Context, blob, Cancel));
        for (var i = 0; i < blob.Length; i++)
        {
            var changed = blob.ToArray();
            changed[i] ^= 1;
            // Vault's base64 has bits that mean nothing at its very end.
            try
            {
                using var opened = await provider.UnwrapAsync(key, Context, changed, Cancel);
                Assert.True(name == "vault" && opened.Equals(secret) && i > blob.Length - 4 || i is >= 1 and < 9, $"Byte {i} does not count.");
            }
            catch (KeyUnavailableException)
            {
                // As it should be.
            }
        }

        await Assert.ThrowsAnyAsync<KeyUnavailableException>(() => provider.UnwrapAsync(key, Context, blob[..20], Cancel));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_destroyed_key_is_refused_and_others_remain(string name)
    {
        await using var place = await PlaceAsync(name);
        var provider = place.Provider;
        var organization = Guid.NewGuid();
        var (first, second) = (await KeyAsync(provider, organization, 1), await KeyAsync(provider, organization, 2));
        using var secret = Secret.FromText("x");
        var blob = await provider.WrapAsync(first, Context, secret, Cancel);
        await provider.DestroyAsync(first, Cancel);
        await Assert.ThrowsAsync<KeyRefusedException>(() => provider.UnwrapAsync(first, Context, blob, Cancel));
        await Assert.ThrowsAsync<KeyRefusedException>(() => provider.CheckAsync(first, Cancel));
        await Assert.ThrowsAsync<KeyRefusedException>(() => provider.WrapAsync(first, Context, secret, Cancel));
        await provider.DestroyAsync(first, Cancel);
        await provider.CheckAsync(second, Cancel);
    }

    [Theory]
    [InlineData("hsm")]
    [InlineData("remote")]
    public async Task Many_threads_share_a_tokens_sessions(string name)
    {
        await using var place = await PlaceAsync(name);
        var provider = place.Provider;
        var key = await KeyAsync(provider, Guid.NewGuid(), 1);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using var secret = Secret.FromText("secret " + i);
            for (var round = 0; round < 10; round++)
            {
                using var again = await provider.UnwrapAsync(key, Context, await provider.WrapAsync(key, Context, secret, Cancel), Cancel);
                Assert.Equal(secret, again);
            }
        }));
    }

    [Fact]
    public async Task A_key_service_that_goes_away_is_told_and_used_again_when_it_is_back()
    {
        await using var place = await PlaceAsync("remote");
        var key = await KeyAsync(place.Provider, Guid.NewGuid(), 1);
        remote.Token.StopServing();
        try
        {
            await Assert.ThrowsAnyAsync<KeyUnavailableException>(() => place.Provider.CheckAsync(key, Cancel));
        }
        finally
        {
            remote.Token.Serve();
        }

        await place.Provider.CheckAsync(key, Cancel);
    }

    [Fact]
    public async Task A_token_is_found_when_it_comes_and_a_wrong_pin_is_tried_once_only()
    {
        var pin = remote.Token.PinFile + "-of-another";
        await File.WriteAllTextAsync(pin, "wrong-pin", Cancel);
        using var provider = new Pkcs11Keys(remote.Token.Local with { PinFile = pin, TokenLabel = "another" }, remote.Modules);
        var absent = await Assert.ThrowsAsync<KeyRefusedException>(() => provider.CreateAsync(Guid.NewGuid(), 1, Cancel));
        Assert.Contains("is not there", absent.Message, StringComparison.Ordinal);

        remote.Token.Add("another", "2222-3333");
        var wrong = await Assert.ThrowsAsync<KeyRefusedException>(() => provider.CreateAsync(Guid.NewGuid(), 1, Cancel));
        Assert.Contains("refuses the PIN", wrong.Message, StringComparison.Ordinal);
        var again = await Assert.ThrowsAsync<KeyRefusedException>(() => provider.CreateAsync(Guid.NewGuid(), 1, Cancel));
        Assert.Contains("not tried again", again.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(pin, "2222-3333", Cancel);
        await KeyAsync(provider, Guid.NewGuid(), 1);
    }

    [Fact]
    public async Task A_service_that_denies_refuses_and_one_that_is_away_does_not()
    {
        var server = await TransitServer.StartAsync();
        using var provider = new TransitKeys(server.Options, TimeProvider.System);
        var key = await KeyAsync(provider, Guid.NewGuid(), 1);
        server.Denies = true;
        Assert.Contains("permission denied", (await Assert.ThrowsAsync<KeyRefusedException>(() => provider.CheckAsync(key, Cancel))).Message, StringComparison.Ordinal);
        (server.Denies, server.IsSealed) = (false, true);
        await Assert.ThrowsAsync<KeyRefusedException>(() => provider.CheckAsync(key, Cancel));
        server.IsSealed = false;

        // Another authority's certificate for the same name is no proof.
        await using (var stranger = await TransitServer.StartAsync())
        {
            using var misled = new TransitKeys(server.Options with { CaFile = stranger.CaFile }, TimeProvider.System);
            Assert.IsNotType<KeyRefusedException>(await Assert.ThrowsAnyAsync<KeyUnavailableException>(() => misled.CheckAsync(key, Cancel)));
        }

        await File.WriteAllTextAsync(server.TokenFile, "s.other", Cancel);
        await Assert.ThrowsAsync<KeyRefusedException>(() => provider.CheckAsync(key, Cancel));
        await File.WriteAllTextAsync(server.TokenFile, "s.token", Cancel);
        await provider.CheckAsync(key, Cancel);
        var options = server.Options;
        var tokens = Path.GetTempFileName();
        await server.DisposeAsync();
        using var lonely = new TransitKeys(options with { TokenFile = tokens }, TimeProvider.System);
        Assert.IsNotType<KeyRefusedException>(await Assert.ThrowsAnyAsync<KeyUnavailableException>(() => lonely.CheckAsync(key, Cancel)));
        File.Delete(tokens);
    }

    private static async Task<ProviderKey> KeyAsync(IKeyProvider provider, Guid organization, int generation) =>
        new(organization, generation, await provider.CreateAsync(organization, generation, Cancel));

    private async Task<Place> PlaceAsync(string name)
    {
        switch (name)
        {
            case "software":
                var directory = Directory.CreateTempSubdirectory("beffroi-test-keys-").FullName;
                return new Place(new SoftwareKeys(directory), () => { Directory.Delete(directory, recursive: true); return ValueTask.CompletedTask; });
            case "vault":
                var server = await TransitServer.StartAsync();
                return new Place(new TransitKeys(server.Options, TimeProvider.System), server.DisposeAsync);
            default:
                return new Place(new Pkcs11Keys(name == "hsm" ? remote.Token.Local : remote.Token.Remote, remote.Modules), () => ValueTask.CompletedTask);
        }
    }

    private sealed record Place(IKeyProvider Provider, Func<ValueTask> End) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            (Provider as IDisposable)?.Dispose();
            await End();
        }
    }
}
