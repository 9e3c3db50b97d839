using System.Security.Cryptography;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Store;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>
/// Gives agents their certificates. A token enrols one key; the same key may ask again, because an answer can be lost, until
/// its certificate is first used.
/// </summary>
internal sealed class Enrolment(IAuthorities authorities, ILedger ledger)
{
    private static readonly TimeSpan ClientLifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(30);

    public async Task<CertificateReply> EnrolAsync(NpgsqlConnection connection, EnrollRequest request, string origin, CancellationToken cancellationToken)
    {
        var certificateRequest = request.CertificateRequest.ToByteArray();
        var key = RequestedKey.Fingerprint(certificateRequest);
        if (!Guid.TryParse(request.InstanceId, out var instanceId) || TokenHash.Of(request.Token) is not { } sha256)
        {
            throw new InvalidCertificateRequestException("An instance id (UUID), a token and a certificate request are needed.");
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var row = await connection.Statement("""
            select a.token_sha256, a.enrolled_key_sha256, s.organization_id, a.resource_id from platform.agents a join platform.spaces s on s.id = a.space_id
            where a.instance_id = $1 and a.token_expires_at > now() and a.certificate_used_at is null for update of a
            """, instanceId).FirstAsync(r => new Row(r.Bytes(0), r.Bytes(1), r.GetGuid(2), r.GetGuid(3)), cancellationToken);
        if (row?.TokenSha256 is null || !CryptographicOperations.FixedTimeEquals(row.TokenSha256, sha256) || (row.KeySha256 is not null && !row.KeySha256.AsSpan().SequenceEqual(key)))
        {
            throw AgentIdentity.Refused();
        }

        await connection.Statement("update platform.agents set enrolled_key_sha256 = $2, last_seen_at = now() where instance_id = $1", instanceId, key).RunAsync(cancellationToken);
        var caller = new AgentIdentity(instanceId, row.ResourceId, null, row.OrganizationId, default);
        var reply = await SignClientAsync(connection, caller, "agent.enrol", certificateRequest, origin, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return reply;
    }

    public async Task<CertificateReply> RenewAsync(NpgsqlConnection connection, AgentIdentity caller, byte[] certificateRequest, string origin, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var reply = await SignClientAsync(connection, caller, "agent.renew", certificateRequest, origin, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return reply;
    }

    /// <summary>Signs a certificate for what the instance serves, or for it as one of its resource's nodes.</summary>
    public async Task<CertificateReply> SignServerAsync(
        NpgsqlConnection connection, AgentIdentity caller, ServerIdentity server, CertificateUse use, byte[] certificateRequest, string origin,
        CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var signed = await authorities.SignAsync(connection, server.Authority, certificateRequest, server.Names, use, ServerLifetime, cancellationToken);
        await RecordAsync(connection, caller, use == CertificateUse.Peer ? "agent.sign-peer" : "agent.sign-server", origin, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Reply(signed);
    }

    private async Task<CertificateReply> SignClientAsync(
        NpgsqlConnection connection, AgentIdentity caller, string action, byte[] certificateRequest, string origin, CancellationToken cancellationToken)
    {
        var signed = await authorities.SignAsync(
            connection, AuthorityId.Agents, certificateRequest, new CertificateNames(caller.InstanceId.ToString("D"), [], []), CertificateUse.Client, ClientLifetime, cancellationToken);
        await connection.Statement("update platform.agents set certificate_not_after = $2 where instance_id = $1", caller.InstanceId, signed.NotAfter.UtcDateTime).RunAsync(cancellationToken);
        await RecordAsync(connection, caller, action, origin, cancellationToken);
        return Reply(signed);
    }

    private Task RecordAsync(NpgsqlConnection connection, AgentIdentity caller, string action, string origin, CancellationToken cancellationToken) =>
        RecordAsync(connection, caller, action, origin, null, cancellationToken);

    /// <summary>Writes down what an agent was given.</summary>
    public async Task RecordAsync(NpgsqlConnection connection, AgentIdentity caller, string action, string origin, LedgerReason? reason, CancellationToken cancellationToken) =>
        await ledger.AppendAsync(
            connection,
            new LedgerEntry(
                $"agent:{caller.InstanceId}", action, "done", caller.OrganizationId, ResourceId: caller.ResourceId, Reason: reason,
                OperationId: action == "agent.renew" ? null : await ForAsync(connection, caller.ResourceId, action == "agent.enrol", cancellationToken), Origin: origin),
            cancellationToken);

    // An instance enrols because it was made, and an operation that runs is why. What it is given later it may be given anew at any time: only of a creation is it surely a part.
    private static async Task<Guid?> ForAsync(NpgsqlConnection connection, Guid resource, bool any, CancellationToken cancellationToken) =>
        await connection.Statement("select id from platform.operations where resource_id = $1 and state = 'running' and ($2 or verb = 'create') order by id desc limit 1", resource, any)
            .ListAsync(r => r.GetGuid(0), cancellationToken) is [var operation] ? operation : null;

    private static CertificateReply Reply(SignedCertificate signed) => new() { Chain = { signed.Chain.Select(c => ByteString.CopyFrom(c)) } };

    private sealed record Row(byte[]? TokenSha256, byte[]? KeySha256, Guid OrganizationId, Guid ResourceId);
}
