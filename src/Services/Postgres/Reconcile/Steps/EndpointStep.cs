using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>Where to connect is told. With one node that is the node's own address.</summary>
internal sealed class EndpointStep(IdentityStep identity) : IStep<PostgresContext>
{
    public string Name => "endpoint";

    public string Title => "The endpoint is published";

    public string Condition => "EndpointPublished";

    public Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var endpoint = identity.Endpoint(context);
        var changed = context.Status.Endpoint != endpoint;
        context.Status = context.Status with { Endpoint = endpoint };
        return Task.FromResult(changed ? StepResult.Changed : StepResult.Holds);
    }
}
