using Beffroi.Agent.Backup;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Postgres;
using Beffroi.Agent.Probing;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Grpc.Core;

namespace Beffroi.Agent;

/// <summary>Applies what is desired, at each change and every ten seconds, whether the control plane is there or not.</summary>
internal sealed class ApplyLoop(PostgresNode postgres, ProbeNode probe, RepositoryNode repository, ChannelLoop channel, NodeState state, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await state.DesiredChanged.WaitAsync(await PassAsync(cancellationToken) ? Interval : Retry, cancellationToken);
        }
    }

    private async Task<bool> PassAsync(CancellationToken cancellationToken)
    {
        if (state.Desired is { Probe: { } attempts } asked)
        {
            if (!await TryAsync(() => probe.ApplyAsync(attempts, cancellationToken), cancellationToken))
            {
                return false;
            }

            state.Applied(asked.Version);
            return true;
        }

        if (state.Desired is not { ServiceCase: not DesiredConfiguration.ServiceOneofCase.None } desired)
        {
            return await TryAsync(() => postgres.PrepareAsync(cancellationToken), cancellationToken);
        }

        var began = time.GetTimestamp();
        var news = state.AppliedVersion != desired.Version;
        if (!await TryAsync(
            () => desired.Repository is { } wanted
                ? repository.ApplyAsync(wanted, channel.Connection, cancellationToken)
                : postgres.ApplyAsync(desired.Postgres, channel.Connection, cancellationToken),
            cancellationToken))
        {
            return false;
        }

        state.Applied(desired.Version);
        if (news)
        {
            Log.Write($"Configuration {desired.Version} applied in {time.GetElapsedTime(began).TotalSeconds:F2} s.");
        }

        return true;
    }

    private async Task<bool> TryAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work();
            return true;
        }
#pragma warning disable CA1031 // Whatever goes wrong is told and tried again: an agent that ends would help nobody.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var why = e is RpcException rpc ? "The control plane does not answer: " + rpc.Status.Detail : e.Message;
            Log.Write(why);
            state.NotApplied(why.Shortened(500));
            return false;
        }
    }
}
