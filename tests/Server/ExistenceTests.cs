using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>
/// Whether something exists in another organization shows nowhere: whatever a stranger asks for there, it is answered byte by byte, and looked for by the same statements, as what exists nowhere. So not even
/// the time that it takes tells.
/// </summary>
public sealed class ExistenceTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Nothing = "00000000-0000-0000-0000-0000000bad00";
    private readonly StatementLog _log = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: int.MaxValue);

    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Anothers_path_is_answered_and_looked_for_as_one_that_does_not_exist()
    {
        var fixtures = await MatrixFixtures.CreateAsync(_server);
        await fixtures.EnsureAsync();
        var different = new List<string>();
        var asked = 0;
        foreach (var operation in await OperationsAsync(path => path.Contains("{organization}", StringComparison.Ordinal)))
        {
            var address = fixtures.Address(operation.Path, "victim");
            var (anothers, nothings) = (await AskAsync(operation, address), await AskAsync(operation, address.Replace("/organizations/demo", "/organizations/none", StringComparison.Ordinal)));
            if (anothers != nothings || !anothers.StartsWith("404", StringComparison.Ordinal))
            {
                different.Add($"{operation.Id}: {anothers}\n---\n{nothings}");
            }

            asked++;
        }

        Assert.True(different.Count == 0, string.Join("\n\n", different));
        Assert.InRange(asked, 100, int.MaxValue);
    }

    [Fact]
    public async Task A_name_or_id_of_anothers_is_within_ones_own_as_one_that_nothing_has()
    {
        var fixtures = await MatrixFixtures.CreateAsync(_server);
        await fixtures.EnsureAsync();
        await TestServer.SendAsync(_server.Mallory, HttpMethod.Put, "/v1/organizations/evil/spaces/eval", 201, TestServer.NewSpace);
        await using (var own = _server.Store.CreateCommand("delete from platform.tokens where name = 'laptop' and principal_id = (select id from platform.principals where name = 'mallory')"))
        {
            await own.ExecuteNonQueryAsync();
        }

        var different = new List<string>();
        var asked = 0;
        // What names something besides the organization and the space, which here are one's own; and what all have alike, isn't anybody's.
        foreach (var operation in await OperationsAsync(path => Named(path).Except(["{zone}", "{digest}", "{entry}", "{framework}", "{requirement}", "{tile}", "{breakGlass}"]).Any()))
        {
            var theirs = fixtures.Address(operation.Path, "victim").Replace("/organizations/demo", "/organizations/evil", StringComparison.Ordinal);
            var nothings = Named(operation.Path).Aggregate(operation.Path, (path, name) => path.Replace(name, Guid.TryParse(fixtures.Address(name, "victim"), out _) ? Nothing : "nothing", StringComparison.Ordinal));
            nothings = fixtures.Address(nothings, "victim").Replace("/organizations/demo", "/organizations/evil", StringComparison.Ordinal);
            var (one, other) = (await AskAsync(operation, theirs), await AskAsync(operation, nothings));
            if (one != other)
            {
                different.Add($"{operation.Id}: {one}\n---\n{other}");
            }

            asked++;
        }

        Assert.True(different.Count == 0, string.Join("\n\n", different));
        Assert.InRange(asked, 50, int.MaxValue);
    }

    private static IEnumerable<string> Named(string path) => path.Split('/').Where(s => s.StartsWith('{') && s is not ("{organization}" or "{space}"));

    private async Task<IEnumerable<ApiOperation>> OperationsAsync(Func<string, bool> of) => (await ApiOperation.AllAsync(_server)).Where(o => o.Side == Side.Customer && of(o.Path));

    /// <summary>The answer less what each request has of its own, and the statements.</summary>
    private async Task<string> AskAsync(ApiOperation operation, string address)
    {
        using var request = operation.At(address);
        var (answer, statements) = await _log.SendAsync(_server.Mallory, request);
        Assert.NotEmpty(statements);
        var id = answer.Headers.GetValues("Request-Id").Single();
        var headers = string.Join("\n", answer.Headers.Concat(answer.Content.Headers).Where(h => h.Key != "Date").Select(h => h.Key + ":" + string.Join(",", h.Value)));
        return $"{(int)answer.StatusCode}\n{headers}\n{await answer.Content.ReadAsStringAsync()}\n{string.Join("\n;\n", statements)}".Replace(id, "ID", StringComparison.Ordinal);
    }
}
