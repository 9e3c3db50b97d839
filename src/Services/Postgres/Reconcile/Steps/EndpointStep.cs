using System.Net;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// Where to connect is told: the node's own address, or the two addresses that its nodes hold in turn, for writers and for readers. Those follow the
/// roles by themselves; a database that has shrunk to one node keeps them.
/// </summary>
internal sealed class EndpointStep(SpaceSubnet subnet, TimeProvider time) : IStep<PostgresContext>
{
    private const string Spread = "SpreadAcrossHosts";

    public string Name => "endpoint";

    public string Title => "The endpoint is published";

    public string Condition => "EndpointPublished";

    public Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var before = context.Status;
        var network = context.Row.Space.NetworkIndex;
        context.Status = context.Notes.Shared is { } shared
            ? context.Status with
            {
                Endpoint = At(context, context.HostName, subnet.Instance(network, shared.First)),
                Reader = At(context, PostgresContext.ReaderNameOf(context.Row), subnet.Instance(network, shared.First + 1)),
            }
            : context.Status with { Endpoint = At(context, context.HostName, IdentityStep.Address(subnet, context, context.Nodes[0])) };
        var conditions = context.Conditions.Where(c => c.Type != Spread || context.WantedNodes > 1).ToList();
        context.Conditions = context.WantedNodes == 1
            ? conditions
            : Kernel.Condition.Set(conditions, new Condition(
                Spread, false, "OneHost",
                "The zone has one host only: all nodes are on it. They survive the loss of a process, an instance or a volume, not that of the host.",
                time.GetUtcNow()));
        return Task.FromResult(before.Endpoint == context.Status.Endpoint && before.Reader == context.Status.Reader ? StepResult.Holds : StepResult.Changed);
    }

    private static PostgresEndpoint At(PostgresContext context, string name, IPAddress address) => new(
        name, address.ToString(), PostgresKind.Port, PostgresKind.Application, PostgresKind.Application, context.Spec.Pooler is null ? null : CustomerPooler.Port);
}
