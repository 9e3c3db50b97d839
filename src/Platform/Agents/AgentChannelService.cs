using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Store;
using Beffroi.Reconciling;
using Google.Protobuf;
using Grpc.Core;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>The agent channel (agent.proto). Any replica serves any agent: nothing is kept between calls. Questions reach the agents that are connected to this one.</summary>
internal sealed class AgentChannelService(
    NpgsqlDataSource source, Enrolment enrolment, IEnumerable<IServerNames> servers, IEnumerable<IInstanceSecrets> secrets,
    ISignals signals, AgentNotifications notifications, AgentQuestions questions, TimeProvider time)
    : AgentChannel.AgentChannelBase
{
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    public override Task<CertificateReply> Enroll(EnrollRequest request, ServerCallContext context) =>
        CallAsync(context, (connection, cancel) => enrolment.EnrolAsync(connection, request, Origin(context), cancel));

    public override Task<CertificateReply> Renew(CertificateRequest request, ServerCallContext context) => CallAsync(context, async (connection, cancel) =>
    {
        var caller = await AgentIdentity.AuthenticateAsync(connection, context, time, cancel);
        return await enrolment.RenewAsync(connection, caller, request.CertificateRequest_.ToByteArray(), Origin(context), cancel);
    });

    public override Task<CertificateReply> SignServer(CertificateRequest request, ServerCallContext context) =>
        SignAsync(CertificateUse.Server, (names, caller, cancel) => names.FindAsync(caller.InstanceId, caller.ResourceId, cancel), request, context);

    public override Task<CertificateReply> SignPeer(CertificateRequest request, ServerCallContext context) =>
        SignAsync(CertificateUse.Peer, (names, caller, cancel) => names.FindPeerAsync(caller.InstanceId, caller.ResourceId, cancel), request, context);

    public override Task<CertificateReply> SignSpacePeer(CertificateRequest request, ServerCallContext context) =>
        SignAsync(CertificateUse.Peer, (names, caller, cancel) => names.FindSpacePeerAsync(caller.InstanceId, caller.ResourceId, cancel), request, context);

    public override Task<SecretReply> ReadSecret(SecretRequest request, ServerCallContext context) => CallAsync(context, async (connection, cancel) =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var caller = await AgentIdentity.AuthenticateAsync(connection, context, time, cancel);
        var owner = request.Name.Length <= 128 ? secrets.FirstOrDefault(s => s.Kind == caller.Kind) : null;
        using var secret = owner is null ? null : await owner.FindAsync(connection, caller.InstanceId, caller.ResourceId, request.Name, cancel);
        if (secret is null)
        {
            throw new RpcException(new Status(StatusCode.NotFound, "This instance has no secret of that name."));
        }

        await enrolment.RecordAsync(connection, caller, "agent.read-secret", Origin(context), LedgerReason.Name(request.Name), cancel);
        await transaction.CommitAsync(cancel);
        return new SecretReply { Value = ByteString.CopyFrom(secret.Reveal()) };
    });

    public override async Task Watch(WatchRequest request, IServerStreamWriter<DesiredConfiguration> responseStream, ServerCallContext context)
    {
        var caller = await CallAsync(context, (connection, cancel) => AgentIdentity.AuthenticateAsync(connection, context, time, cancel));
        // Before the first look, so that no change falls between.
        using var changes = notifications.Subscribe(caller.InstanceId);
        for (var known = request.KnownVersion; ; await changes.WaitAsync(PollInterval, time, context.CancellationToken))
        {
            if (caller.CertificateNotAfter < time.GetUtcNow())
            {
                throw AgentIdentity.Refused();
            }

            var row = await CallAsync(context, (connection, cancel) => connection.Statement("select desired_version, desired from platform.agents where instance_id = $1", caller.InstanceId)
                .FirstAsync(r => Tuple.Create(r.GetInt64(0), r.Bytes(1)), cancel)) ?? throw AgentIdentity.Refused();
            if (row.Item2 is not null && row.Item1 != known)
            {
                var desired = DesiredConfiguration.Parser.ParseFrom(row.Item2);
                desired.Version = known = row.Item1;
                await responseStream.WriteAsync(desired, context.CancellationToken);
            }
        }
    }

    public override Task<ReportReply> Report(Facts request, ServerCallContext context) => CallAsync(context, async (connection, cancel) =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var caller = await AgentIdentity.AuthenticateAsync(connection, context, time, cancel);
        var before = await connection.Statement("select facts from platform.agents where instance_id = $1", caller.InstanceId).ListAsync(r => r.Bytes(0), cancel);
        await connection.Statement("update platform.agents set facts = $2 where instance_id = $1", caller.InstanceId, request.ToByteArray()).RunAsync(cancel);
        if (caller.Kind is { } kind && (before[0] is not { } facts || !Significant(Facts.Parser.ParseFrom(facts)).Equals(Significant(request))))
        {
            await signals.SignalAsync(connection, new WorkKey(kind, caller.ResourceId), cancellationToken: cancel);
        }

        await transaction.CommitAsync(cancel);
        return new ReportReply();
    });

    public override async Task Ask(IAsyncStreamReader<AgentAnswer> requestStream, IServerStreamWriter<AgentQuestion> responseStream, ServerCallContext context)
    {
        var caller = await CallAsync(context, (connection, cancel) => AgentIdentity.AuthenticateAsync(connection, context, time, cancel));
        using var expiry = new CancellationTokenSource(caller.CertificateNotAfter - time.GetUtcNow(), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, context.CancellationToken);
        await questions.RunAsync(caller.InstanceId, requestStream, responseStream, either.Token);
    }

    // What a reconciler acts upon: how full the disk is, how far a replica lags, how far the archive got, what was measured and what is looked at for evidence change
    // all the time and are read when someone looks.
    private static Facts Significant(Facts facts)
    {
        var significant = new Facts(facts) { VolumeUsedBytes = 0 };
        significant.Certificates.Clear();
        if (significant.Postgres is { } postgres)
        {
            (postgres.LagBytes, postgres.Listener) = (0, null);
            postgres.Metrics.Clear();
            if (postgres.Archive is { } archive)
            {
                // Whether WAL is archived matters at once.
                (archive.LastArchivedWal, archive.LastArchivedAt, archive.RestorableUntil, archive.WaitingBytes) = ("", Math.Sign(archive.LastArchivedAt), Math.Sign(archive.RestorableUntil), 0);
            }
        }

        foreach (var stanza in significant.Repository?.Stanzas ?? [])
        {
            (stanza.WalMin, stanza.WalMax) = ("", "");
        }

        return significant;
    }

    private Task<CertificateReply> SignAsync(
        CertificateUse use,
        Func<IServerNames, AgentIdentity, CancellationToken, Task<ServerIdentity?>> find,
        CertificateRequest request,
        ServerCallContext context) => CallAsync(context, async (connection, cancel) =>
    {
        var caller = await AgentIdentity.AuthenticateAsync(connection, context, time, cancel);
        var names = servers.FirstOrDefault(s => s.Kind == caller.Kind);
        var server = names is null ? null : await find(names, caller, cancel);
        return server is null
            ? throw new RpcException(new Status(StatusCode.FailedPrecondition, "This instance has no server name yet. Ask again later."))
            : await enrolment.SignServerAsync(connection, caller, server, use, request.CertificateRequest_.ToByteArray(), Origin(context), cancel);
    });

    private static string Origin(ServerCallContext context) => context.GetHttpContext().Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private async Task<T> CallAsync<T>(ServerCallContext context, Func<NpgsqlConnection, CancellationToken, Task<T>> call)
    {
        using var deadline = new CancellationTokenSource(CallDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.CancellationToken);
        try
        {
            await using var connection = await source.OpenConnectionAsync(either.Token);
            return await call(connection, either.Token);
        }
        catch (InvalidCertificateRequestException e)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
        }
        catch (KeyUnavailableException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "A key is not available now. Ask again later."));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "The control plane is too busy. Ask again later."));
        }
    }
}
