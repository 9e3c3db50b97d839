using Beffroi.Agent.Identity;
using Beffroi.Contracts.Agents;
using Grpc.Core;
using Grpc.Net.Client;

namespace Beffroi.Agent.Channel;

/// <summary>
/// Keeps the connection: enrols, watches the desired configuration, reports facts and answers questions, and begins again with jittered back-off whenever
/// any of it ends. What is applied meanwhile does not depend on it.
/// </summary>
internal sealed class ChannelLoop(
    ControlPlane controlPlane, Enrolment enrolment, DesiredFile file, NodeState state, Func<CancellationToken, Task<Facts>> gather,
    Func<AgentQuestion, AgentAnswer> answer, TimeProvider time)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>The present connection, for calls that others make on it; null while there is none.</summary>
    internal GrpcChannel? Connection { get; private set; }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(100);
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            try
            {
                await SessionAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unauthenticated)
            {
                // The control plane does not know this certificate (any more); the host may have a fresh token.
                Log.Write("The control plane does not accept this agent: " + e.Status.Detail);
                await TryEnrolAsync(cancellationToken);
            }
#pragma warning disable CA1031 // Whatever ends a session, the next one is tried.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.Write("The control plane is away: " + (e is RpcException rpc ? rpc.Status.Detail : e.Message));
            }

            pause = time.GetElapsedTime(began) > TimeSpan.FromSeconds(30) ? TimeSpan.FromMilliseconds(100) : pause;
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task SessionAsync(CancellationToken cancellationToken)
    {
        using var certificate = await enrolment.EnsureAsync(cancellationToken);
        using var connection = controlPlane.Connect(certificate);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Connection = connection;
        state.DesiredChanged.Notify();
        try
        {
            var client = ControlPlane.Client(connection);
            var ended = await Task.WhenAny(WatchAsync(client, session.Token), ReportAsync(client, session.Token), AnswerAsync(client, session.Token), RenewalAsync(session.Token));
            await ended;
        }
        finally
        {
            Connection = null;
            await session.CancelAsync();
        }
    }

    private async Task WatchAsync(AgentChannel.AgentChannelClient client, CancellationToken cancellationToken)
    {
        using var call = client.Watch(new WatchRequest { KnownVersion = state.Desired?.Version ?? 0 }, cancellationToken: cancellationToken);
        await foreach (var desired in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            file.Keep(desired);
            state.Want(desired);
        }
    }

    private async Task ReportAsync(AgentChannel.AgentChannelClient client, CancellationToken cancellationToken)
    {
        while (true)
        {
            await client.ReportAsync(await gather(cancellationToken), deadline: (time.GetUtcNow() + CallLimit).UtcDateTime, cancellationToken: cancellationToken);
            await state.FactsChanged.WaitAsync(ReportInterval, cancellationToken);
        }
    }

    // One after the other: whoever asks waits, and much at once would take from the database.
    private async Task AnswerAsync(AgentChannel.AgentChannelClient client, CancellationToken cancellationToken)
    {
        try
        {
            using var call = client.Ask(cancellationToken: cancellationToken);
            await foreach (var question in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                await call.RequestStream.WriteAsync(answer(question), cancellationToken);
            }
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            // A control plane older than this agent asks nothing.
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    // Ends the session when the certificate is due: the next one begins with the new certificate.
    private async Task RenewalAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromHours(1), time, cancellationToken);
            if (enrolment.IsDue)
            {
                return;
            }
        }
    }

    private async Task TryEnrolAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(CallLimit);
            (await enrolment.EnrolAsync(limit.Token)).Dispose();
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or HttpRequestException)
        {
            Log.Write("There is no token to enrol with anew.");
        }
    }
}
