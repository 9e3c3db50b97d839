using System.Security.Cryptography;
using System.Text;
using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Tenancy;
using Beffroi.Testing;

namespace Beffroi.Platform.Tests.Identity;

public sealed class IdentityTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_administrator_token_replaces_the_old()
    {
        await using var store = await TestStore.CreateAsync(server);
        var principals = store.Get<IPrincipals>();
        await principals.EnsureAdministratorAsync(Hash("first"), Cancel);
        await principals.EnsureAdministratorAsync(Hash("first"), Cancel);
        Assert.True((await AuthenticateAsync(store, "first")) is { Name: "admin", IsOperator: true });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => principals.EnsureAdministratorAsync(Hash("second").ToUpperInvariant(), Cancel)));
        Assert.Null(await AuthenticateAsync(store, "first"));
        Assert.NotNull(await AuthenticateAsync(store, "second"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => principals.EnsureAdministratorAsync("not a hash", Cancel));
    }

    [Fact]
    public async Task A_revoked_administrator_token_does_not_come_back_at_the_next_start()
    {
        await using var store = await TestStore.CreateAsync(server);
        var principals = store.Get<IPrincipals>();
        await principals.EnsureAdministratorAsync(Hash("lost"), Cancel);
        await store.ExecuteAsync("update platform.operator_tokens set revoked_at = now()");
        await principals.EnsureAdministratorAsync(Hash("lost"), Cancel);
        Assert.Null(await AuthenticateAsync(store, "lost"));
        await principals.EnsureAdministratorAsync(Hash("new"), Cancel);
        Assert.NotNull(await AuthenticateAsync(store, "new"));
        Assert.Null(await AuthenticateAsync(store, "new", Side.Customer));
    }

    [Fact]
    public async Task An_expired_token_is_refused_and_removed()
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.Get<IPrincipals>().EnsureAdministratorAsync(Hash("token"), Cancel);
        await store.ExecuteAsync("update platform.operator_tokens set expires_at = now() - interval '1 second'");
        Assert.Null(await AuthenticateAsync(store, "token"));
        await store.ExecuteAsync("update platform.operator_tokens set expires_at = now() - interval '91 days'");
        await new Pruning(store.Source, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Pruning>.Instance).PruneAsync(Cancel);
        Assert.Equal(0, await store.CountAsync("platform.operator_tokens"));
    }

    [Fact]
    public async Task What_cannot_be_a_token_is_refused()
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.Get<IPrincipals>().EnsureAdministratorAsync(Hash(new string('a', 256)), Cancel);
        Assert.NotNull(await AuthenticateAsync(store, new string('a', 256)));
        foreach (var token in new[] { "", " ", "a b", "é", "a\n", "a\0", new string('a', 257), "'; drop table platform.tokens; --" })
        {
            Assert.Null(await AuthenticateAsync(store, token));
        }
    }

    [Fact]
    public async Task Nobody_gets_in_with_anothers_token()
    {
        await using var store = await TestStore.CreateAsync(server);
        var organizations = store.Get<IOrganizations>();
        await store.InTransactionAsync(c => organizations.CreateAsync(c, "one", new PutOrganization("alice", Hash("t")), Cancel));
        var refused = await store.InTransactionAsync(c => organizations.CreateAsync(c, "two", new PutOrganization("bob", Hash("t")), Cancel));
        Assert.Equal("token-taken", refused.Problem?.Type);
        Assert.Equal("alice", (await AuthenticateAsync(store, "t", Side.Customer))?.Name);
        Assert.Null(await AuthenticateAsync(store, "t"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Get<IPrincipals>().EnsureAdministratorAsync(Hash("t"), Cancel));
    }

    internal static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    private static Task<Principal?> AuthenticateAsync(TestStore store, string token, Side side = Side.Operator) => store.Get<IAuthenticator>().AuthenticateAsync(side, token, Cancel);
}
