using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Platform.Tests.Steps;

/// <summary>What a customer is told of steps that fail, wait and succeed: in the condition, the operation and the ledger.</summary>
public sealed class RecipeRunnerTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failing_step_says_what_failed_that_it_is_tried_again_and_when()
    {
        await using var store = await TestStore.CreateAsync(server);
        var context = await ContextAsync(store, failedAttempts: 3);
        var step = new Step("volume", () => throw new InfrastructureException("the disk of host-3 is full."));
        await Assert.ThrowsAsync<InfrastructureException>(() => RunAsync(store, context, new Step("first", () => StepResult.Holds), step));

        var condition = context.Conditions.Single(c => c.Type == "Volume");
        Assert.Equal(((bool?)false, "Failed"), (condition.Holds, condition.Reason));
        Assert.Matches(@"^Step volume: the disk of host-3 is full\. It is tried again by itself, in \d+ s at the latest\.$", condition.Message);
        Assert.Contains($"in {(int)Backoff.Ceiling(3).TotalSeconds} s", condition.Message, StringComparison.Ordinal);
        Assert.Equal(true, context.Conditions.Single(c => c.Type == "First").Holds);

        var operation = await OperationAsync(store, context);
        Assert.Equal(("running", condition.Message), (operation.State, operation.Message));
        Assert.Equal(["done", "retrying"], operation.Steps.Select(s => s.State));

        // Once in the ledger, however often it fails the same way.
        await Assert.ThrowsAsync<InfrastructureException>(() => RunAsync(store, context, new Step("first", () => StepResult.Holds), step));
        Assert.Equal(1, await EntriesAsync(store, "test.volume", "failed"));

        Assert.Null(await RunAsync(store, context, new Step("first", () => StepResult.Holds), new Step("volume", () => StepResult.Changed)));
        Assert.Equal(["done", "done"], (await OperationAsync(store, context)).Steps.Select(s => s.State));
        Assert.Equal(1, await EntriesAsync(store, "test.volume", "done"));
    }

    [Fact]
    public async Task What_went_wrong_inside_is_not_told_to_customers()
    {
        await using var store = await TestStore.CreateAsync(server);
        var context = await ContextAsync(store);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(store, context, new Step("volume", () => throw new InvalidOperationException("key=hunter2"))));
        var message = context.Conditions.Single(c => c.Type == "Volume").Message;
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
        Assert.Contains("an internal error", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_changes_meanwhile_ends_the_pass_and_is_not_overwritten()
    {
        await using var store = await TestStore.CreateAsync(server);
        var context = await ContextAsync(store);
        var later = false;
        var waiting = await RunAsync(
            store,
            context,
            new Step("first", () =>
            {
                store.ExecuteAsync("update platform.resources set generation = generation + 1").GetAwaiter().GetResult();
                return StepResult.Changed;
            }),
            new Step("second", () =>
            {
                later = true;
                return StepResult.Holds;
            }));
        Assert.Equal(TimeSpan.Zero, waiting!.Again);
        Assert.False(later);
        Assert.Equal(0L, await store.CountAsync("platform.resources where status ? 'conditions'"));
    }

    private static Task<StepResult.WaitingCase?> RunAsync(TestStore store, Context context, params Step[] recipe) =>
        new RecipeRunner(context.Resources, context.Operations, store.Get<ILedger>(), new FaultPoints(null), TimeProvider.System)
            .RunAsync("create", recipe, context, Cancel);

    private static async Task<Operation> OperationAsync(TestStore store, Context context)
    {
        await using var connection = await store.OpenAsync();
        return (await context.Operations.FindAsync(connection, context.Row.OperationId!.Value, Cancel))!;
    }

    private static async Task<long> EntriesAsync(TestStore store, string action, string outcome)
    {
        await using var command = store.Source.CreateCommand("select count(*) from platform.ledger where entry::jsonb->>'action' = $1 and entry::jsonb->>'outcome' = $2");
        command.Parameters.Add(new() { Value = action });
        command.Parameters.Add(new() { Value = outcome });
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>A resource of a kind «test» with a running operation, and a pass over it.</summary>
    private static async Task<Context> ContextAsync(TestStore store, int failedAttempts = 0)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddSingleton(store.Source).AddResources().BuildServiceProvider();
        var (resources, operations) = (services.GetRequiredService<IResources>(), services.GetRequiredService<IOperations>());
        var (id, operation) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await store.InTransactionAsync(async connection =>
        {
            var organization = (await store.Get<IOrganizations>().CreateAsync(connection, "demo", new PutOrganization("alice", new string('a', 64)), Cancel)).Value!.Value;
            var space = (await store.Get<ISpaces>().CreateAsync(connection, organization, "eval", new PutSpace("open"), "system:test", Cancel)).Value!.Value;
            Assert.True(await resources.InsertAsync(
                connection, new NewResource(id, "test", space.Id, "thing", new Dictionary<string, string>(), "{}", "{}"), operation, Cancel));
            await operations.CreateAsync(connection, new NewOperation(operation, space.Id, id, "test", "thing", "create", 1, "Waiting."), Cancel);
            return true;
        });
        await using var reading = await store.OpenAsync();
        return new Context(
            (await resources.FindAsync(reading, id, Cancel))!, new Lease(store.Source, new WorkKey("test", id), failedAttempts),
            await operations.FindAsync(reading, operation, Cancel), resources, operations);
    }

    private sealed class Context(ResourceRow row, ILease lease, Operation? operation, IResources resources, IOperations operations)
        : ResourceContext(row, lease, operation)
    {
        public IResources Resources { get; } = resources;

        public IOperations Operations { get; } = operations;

        public override IReadOnlyList<Condition> Conditions { get; set; } = [];

        public override void NotReady(string reason, string message, DateTimeOffset now)
        {
        }

        public override string StatusJson() => JsonSerializer.Serialize(new { conditions = Conditions });

        public override string InternalJson() => "{}";
    }

    private sealed class Step(string name, Func<StepResult> ensure) : IStep<Context>
    {
        public string Name => name;

        public string Title => "Step " + name;

        public string Condition => char.ToUpperInvariant(name[0]) + name[1..];

        public Task<StepResult> EnsureAsync(Context context, CancellationToken cancellationToken) => Task.FromResult(ensure());
    }

    /// <summary>A lease that is never lost: what leases do is tested with the kernel.</summary>
    private sealed class Lease(NpgsqlDataSource store, WorkKey key, int failedAttempts) : ILease
    {
        public WorkKey Key => key;

        public long Epoch => 1;

        public int FailedAttempts => failedAttempts;

        public CancellationToken Superseded => CancellationToken.None;

        public async Task WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken)
        {
            await using var connection = await store.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await write(connection, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }
}
