using System.Text.Json.Nodes;
using Beffroi.Infrastructure;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>When a space has a spare and when not: the reconciler as it is, over a pretended host.</summary>
public sealed class SpareLifeTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly PretendedHost _host = new();
    private readonly CancellationTokenSource _stop = new();
    private TestServer _server = null!;
    private Task _reporting = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres, withReconcilers: services =>
        {
            services.Replace(ServiceDescriptor.Singleton<IInfrastructure>(_host));
            services.Replace(ServiceDescriptor.Singleton(new ReconcilingOptions { SweepInterval = TimeSpan.FromMilliseconds(200), SettledInterval = TimeSpan.FromSeconds(2) }));
        });
        // What is deleted here shall be gone at once.
        (await _server.Alice.PutAsync("/v1/organizations/demo/safeguards", TestServer.Json("""{ "deletionGraceHours": 0 }"""))).EnsureSuccessStatusCode();
        _reporting = ReportAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reporting;
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_comes_after_the_first_is_taken_by_the_second_and_goes_with_the_last()
    {
        var one = await CreateAsync("one", "2GiB");
        var spare = await ReadySpareAsync();
        Assert.NotEqual(one, spare);
        Assert.Equal(2L << 30, _host.Volumes[spare]);

        // More storage than the spare has, on a host where it grows in use.
        Assert.Equal(spare, await CreateAsync("two", "3GiB"));
        Assert.Equal((3L << 30, 0), (_host.Volumes[spare], _host.Stops));
        var shown = await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "/two"));
        Assert.StartsWith("two.eval.demo.", (string?)shown["status"]!["endpoint"]!["host"], StringComparison.Ordinal);

        var next = await ReadySpareAsync();
        Assert.NotEqual(spare, next);
        await DeleteAsync("one");
        Assert.Equal(next, await ReadySpareAsync());
        await DeleteAsync("two");
        // The space's backup repository outlives its databases.
        await EventuallyAsync("only the repository is left", async () => await CountAsync("select count(*) from platform.resources") == 1 && _host.Volumes.Count == 1);
        Assert.Equal(1, await CountAsync("select count(*) from platform.resources where kind = 'backup-repository'"));
        Assert.Equal(1, await CountAsync("select count(*) from platform.resource_keys"));
        Assert.Equal(1, await CountAsync("select count(*) from platform.addresses"));
        Assert.Contains(await _server.LedgerAsync("true"), e => e is { Action: "postgres.give-up-spare", Reason: "the space needs no spare" });
    }

    [Fact]
    public async Task One_of_an_older_image_or_of_another_kind_than_all_databases_is_replaced()
    {
        await CreateAsync("one", "2GiB");
        var first = await ReadySpareAsync();
        _host.State = _host.State with { Images = new Dictionary<string, string> { ["postgres"] = "image-2" } };
        await EventuallyAsync("it is replaced", async () => await SpareAsync() is { } other && other != first);
        Assert.DoesNotContain(first, _host.Volumes.Keys);

        _host.State = _host.State with { VolumesGrowInUse = false };
        var second = await ReadySpareAsync();
        var grown = await TestServer.SendAsync(_server.Alice, HttpMethod.Put, TestServer.Postgres + "/one", """{ "spec": { "storage": "4GiB", "deletionProtection": false } }""", ("If-Match", "*"));
        Assert.True(grown.IsSuccessStatusCode, await grown.Content.ReadAsStringAsync());
        await EventuallyAsync("it is as large as the database", async () => await SpareAsync() is { } other && other != second && _host.Volumes.GetValueOrDefault(other) == 4L << 30);
        Assert.Equal(1, _host.Stops);
    }

    [Fact]
    public async Task A_host_that_is_short_of_memory_has_none()
    {
        _host.State = _host.State with { AvailableMemoryBytes = 2L << 30 };
        await CreateAsync("one", "2GiB");
        await EventuallyAsync("the database was looked at again", async () => await CountAsync("select count(*) from reconciling.work where kind = 'postgres' and leased_until is null and due_at > now()") == 1);
        Assert.Null(await SpareAsync());

        _host.State = _host.State with { AvailableMemoryBytes = 8L << 30 };
        await ReadySpareAsync();
        _host.State = _host.State with { AvailableMemoryBytes = 1L << 29 };
        await EventuallyAsync("it is given up", async () => await SpareAsync() is null);
    }

    private async Task<Guid> CreateAsync(string name, string storage)
    {
        var put = await _server.PutAsync(name, new JsonObject { ["spec"] = new JsonObject { ["storage"] = storage, ["deletionProtection"] = false } }.ToJsonString());
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        JsonObject? shown = null;
        await EventuallyAsync(name + " is ready", async () =>
        {
            shown = await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "/" + name));
            return (string?)shown["status"]!["state"] == "ready";
        });
        return (Guid)shown!["id"]!;
    }

    private async Task DeleteAsync(string name)
    {
        Assert.True((await _server.Alice.DeleteAsync(TestServer.Postgres + "/" + name)).IsSuccessStatusCode);
        await EventuallyAsync(name + " is gone", async () => (int)(await _server.Alice.GetAsync(TestServer.Postgres + "/" + name)).StatusCode == 404);
    }

    private async Task<Guid> ReadySpareAsync()
    {
        Guid? spare = null;
        await EventuallyAsync("a spare is ready", async () => (spare = await SpareAsync("and status->>'state' = 'ready' and deletion_requested_at is null")) is not null);
        return spare!.Value;
    }

    private async Task<Guid?> SpareAsync(string condition = "")
    {
        // Test-only SQL: the condition is a constant of the test.
        await using var command = _server.Store.CreateCommand("select id from platform.resources where spare " + condition);
        return await command.ExecuteScalarAsync() as Guid?;
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not come about: " + what);
            await Task.Delay(50);
        }
    }

    private async Task ReportAsync()
    {
        var signals = _server.Services.GetRequiredService<ISignals>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _host.ReportAsync(_server.Store, signals, CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                // The next round tells.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }
}
