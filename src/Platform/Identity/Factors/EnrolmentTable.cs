using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>An enrolment that waits for its proof.</summary>
/// <param name="Person">Whose.</param>
/// <param name="Invitation">SHA-256 of the invitation's code.</param>
/// <param name="SealedSecret">The new secret, wrapped.</param>
internal sealed record PendingEnrolment(Person Person, byte[] Invitation, byte[] SealedSecret);

/// <summary>Enrolments under way, in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class EnrolmentTable
{
    // More are no slips of the finger any more.
    private const int MostFailures = 10;

    /// <summary>Whom an invitation invites, on this side; null for a code that is none, or no longer one.</summary>
    public static async Task<Person?> InvitedAsync(NpgsqlConnection connection, Side side, byte[] invitation, CancellationToken cancellationToken)
    {
        var holder = await (side == Side.Operator
            ? connection.Statement("select operator_id from platform.invitations where sha256 = $1 and operator_id is not null and expires_at > now()", invitation)
            : connection.Statement("select principal_id from platform.invitations where sha256 = $1 and principal_id is not null and expires_at > now()", invitation))
            .ListAsync(r => r.GetGuid(0), cancellationToken);
        return holder.Count > 0 ? await Person.GetAsync(connection, side, holder[0], cancellationToken) : null;
    }

    /// <summary>Begins one, valid for a quarter of an hour, in place of earlier ones of the same invitation.</summary>
    public static async Task BeginAsync(NpgsqlConnection connection, byte[] ticket, byte[] invitation, byte[] sealedSecret, CancellationToken cancellationToken)
    {
        await connection.Statement("delete from platform.enrolments where invitation_sha256 = $1", invitation).RunAsync(cancellationToken);
        await connection.Statement("""
            insert into platform.enrolments (sha256, invitation_sha256, totp_sealed, expires_at) values ($1, $2, $3, now() + interval '15 minutes')
            """, ticket, invitation, sealedSecret).RunAsync(cancellationToken);
    }

    /// <summary>Who enrols with this ticket, on this side; null for nobody.</summary>
    public static async Task<Person?> PersonAsync(NpgsqlConnection connection, Side side, byte[] ticket, CancellationToken cancellationToken) =>
        await connection.Statement("select invitation_sha256 from platform.enrolments where sha256 = $1", ticket).ListAsync(r => r.GetFieldValue<byte[]>(0), cancellationToken) is [var invitation]
            ? await InvitedAsync(connection, side, invitation, cancellationToken) : null;

    /// <summary>The one of this ticket, on this side, until the transaction ends nobody else's; null if there is none.</summary>
    public static async Task<PendingEnrolment?> FindAsync(NpgsqlConnection connection, Side side, byte[] ticket, CancellationToken cancellationToken)
    {
        var row = await connection.Statement("""
            select invitation_sha256, totp_sealed from platform.enrolments where sha256 = $1 and expires_at > now() and failures < $2 for update
            """, ticket, MostFailures).FirstAsync(r => Tuple.Create(r.GetFieldValue<byte[]>(0), r.GetFieldValue<byte[]>(1)), cancellationToken);
        return row is not null && await InvitedAsync(connection, side, row.Item1, cancellationToken) is { } person ? new PendingEnrolment(person, row.Item1, row.Item2) : null;
    }

    public static Task FailedAsync(NpgsqlConnection connection, byte[] ticket, CancellationToken cancellationToken) =>
        connection.Statement("update platform.enrolments set failures = failures + 1 where sha256 = $1", ticket).RunAsync(cancellationToken);

    /// <summary>Uses the invitation up, and the enrolment with it.</summary>
    public static Task EndAsync(NpgsqlConnection connection, PendingEnrolment enrolment, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.invitations where sha256 = $1", enrolment.Invitation).RunAsync(cancellationToken);
}
