using System.Diagnostics;
using System.Globalization;
using System.Net;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Policy;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Bench.Ledger;

/// <summary>
/// What a customer waits for because there is a ledger: whole requests over HTTPS to beffroid and a PostgreSQL that syncs, without an entry, with one, and with one that also says what the rules
/// say; by turns, one at a time. Entries are integrated meanwhile, as always.
/// </summary>
internal static class Requests
{
    private const int WarmUp = 200, Rounds = 1500;

    public static async Task RunAsync()
    {
        await using var postgres = PostgresServer.OnDisk();
        var (ledger, policy) = ((Switched?)null, (Untold?)null);
        await using var server = await TestServer.StartAsync(postgres, change: services =>
        {
            var (kept, rules) = (services.Last(s => s.ServiceType == typeof(ILedger)), services.Last(s => s.ServiceType == typeof(IPolicy)));
            services.AddSingleton<ILedger>(provider => ledger = new Switched((ILedger)Make(provider, kept)));
            services.AddSingleton<IPolicy>(provider => policy = new Untold((IPolicy)Make(provider, rules)));
        });
        var created = await server.Alice.PutAsync(TestServer.Postgres + "/db", TestServer.Json("""{ "spec": {} }"""));
        if (created.StatusCode != HttpStatusCode.Created)
        {
            throw new InvalidOperationException("The resource of the measurement was not created.");
        }

        List<double> bare = [], plain = [], told = [];
        for (var i = 0; i < WarmUp + Rounds; i++)
        {
            foreach (var (record, tell, times) in ((bool, bool, List<double>)[])[(false, false, bare), (true, false, plain), (true, true, told)])
            {
                (ledger!.On, policy!.On) = (record, tell);
                var took = await ChangeAsync(server.Alice, i, record, tell);
                if (i >= WarmUp)
                {
                    times.Add(took);
                }
            }
        }

        (ledger!.On, policy!.On) = (true, true);
        var floor = Median(bare);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"request      without an entry {floor * 1e3:F3} ms   with {Median(plain) * 1e3:F3} ms, ratio {Median(plain) / floor:F3}   with what the rules say {Median(told) * 1e3:F3} ms, ratio {Median(told) / floor:F3}   (a change of labels; medians of {Rounds}, interleaved)"));
        await CheckpointsAsync(server);
    }

    /// <summary>From the answer to a change until its entry is in a signed checkpoint that is given out.</summary>
    private static async Task CheckpointsAsync(TestServer server)
    {
        const int Changes = 100;
        var times = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            await server.LedgerIntegratedAsync();
            var before = await SizeAsync(server.Alice);
            // At any moment between two integrations.
            await Task.Delay(Random.Shared.Next(500));
            await ChangeAsync(server.Alice, WarmUp + Rounds + i, record: true, tell: true);
            var start = Stopwatch.GetTimestamp();
            while (await SizeAsync(server.Alice) == before)
            {
                await Task.Delay(2);
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"checkpoint   of a change, after its answer: {Median(times) * 1e3:F0} ms, at most {times.Max() * 1e3:F0} ms   (of {Changes})"));
    }

    private static async Task<long> SizeAsync(HttpClient alice) =>
        // The second line of a checkpoint is the size of its tree (C2SP tlog-checkpoint).
        long.Parse((await alice.GetStringAsync("/v1/organizations/demo/ledger/checkpoint")).Split('\n')[1], CultureInfo.InvariantCulture);

    private static object Make(IServiceProvider provider, ServiceDescriptor descriptor) => descriptor switch
    {
        { ImplementationFactory: { } make } => make(provider),
        { ImplementationType: { } type } => ActivatorUtilities.CreateInstance(provider, type),
        _ => descriptor.ImplementationInstance!,
    };

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<double> ChangeAsync(HttpClient alice, int round, bool record, bool tell)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, TestServer.Postgres + "/db")
        {
            Content = TestServer.Json(string.Create(CultureInfo.InvariantCulture, $$"""{ "spec": {}, "labels": { "round": "r{{round}}-{{record}}-{{tell}}" } }""")),
        };
        request.Headers.IfMatch.ParseAdd("*");
        var start = Stopwatch.GetTimestamp();
        using var answer = await alice.SendAsync(request);
        await answer.Content.ReadAsByteArrayAsync();
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return answer.StatusCode == HttpStatusCode.OK ? took : throw new InvalidOperationException($"A change was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>The ledger; switched off, it writes nothing.</summary>
    private sealed class Switched(ILedger ledger) : ILedger
    {
        public bool On { get; set; } = true;

        public Task AppendAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken) => On ? ledger.AppendAsync(connection, entry, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>The rules; switched off, they say nothing to the ledger of a change in a space.</summary>
    private sealed class Untold(IPolicy policy) : IPolicy
    {
        public bool On { get; set; } = true;

        public Result<SpaceLabel> LabelOf(PutSpace content) => policy.LabelOf(content);

        public Task<PolicyDecision> AdmitAsync(NpgsqlConnection connection, Guid organizationId, string space, string zone, SpaceLabel label, CancellationToken cancellationToken) =>
            policy.AdmitAsync(connection, organizationId, space, zone, label, cancellationToken);

        public Task<PolicyDecision> AdmitAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) => policy.AdmitAsync(connection, spaceId, cancellationToken);

        public Task<PolicyDecision?> FindAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
            On ? policy.FindAsync(connection, spaceId, cancellationToken) : Task.FromResult<PolicyDecision?>(null);

        public Task StateAsync(NpgsqlConnection connection, Guid spaceId, SpaceLabel label, string by, CancellationToken cancellationToken) => policy.StateAsync(connection, spaceId, label, by, cancellationToken);

        public Task<SpacePolicy> ExplainAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) => policy.ExplainAsync(connection, spaceId, cancellationToken);

        public Task<LedgerReason?> EvaluateAsync(NpgsqlConnection connection, CancellationToken cancellationToken, Guid? organizationId = null, string? by = null) =>
            policy.EvaluateAsync(connection, cancellationToken, organizationId, by);
    }
}
