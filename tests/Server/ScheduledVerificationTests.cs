using Beffroi.Services.Isolation;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Beffroi.Server.Tests;

/// <summary>Which space the platform verifies by itself, and when.</summary>
public sealed class ScheduledVerificationTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_space_that_something_lives_in_is_verified_once_a_day()
    {
        Assert.False(await DueAsync(), "nothing lives in it");
        await ChangeAsync("insert into platform.addresses select id, 7, gen_random_uuid() from platform.spaces where name = 'eval'");
        Assert.False(await DueAsync(), "it was made just now");
        await ChangeAsync("update platform.spaces set created_at = now() - interval '2 hours'");
        await ChangeAsync("insert into platform.organization_seals (organization_id, sealed, reason) select id, true, 'Sealed by a test.' from platform.organizations where name = 'demo'");
        Assert.False(await DueAsync(), "its organization is sealed");
        await ChangeAsync("update platform.organization_seals set sealed = false");
        Assert.True(await DueAsync());
        Assert.False(await DueAsync(), "one runs");

        await ChangeAsync("""update platform.resources set status = jsonb_set(status, '{verdict}', '"passed"') where kind = 'isolation-verification'""");
        Assert.False(await DueAsync(), "it was verified today");
        await ChangeAsync("update platform.resources set created_at = created_at - interval '25 hours' where kind = 'isolation-verification'");
        Assert.True(await DueAsync(), "a day later");
        Assert.Equal(2, (await _server.LedgerAsync("entry::jsonb->>'action' = 'isolation.verify' and entry::jsonb->>'reason' = 'schedule'")).Count);
    }

    private Task<bool> DueAsync() =>
        Assert.Single(_server.Services.GetServices<IHostedService>().OfType<ScheduledVerifications>()).StartDueAsync(TestContext.Current.CancellationToken);

    private async Task ChangeAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        Assert.True(await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken) > 0, sql);
    }
}
