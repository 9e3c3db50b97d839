using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>How the first of each directory get in. Tokens are known by their SHA-256 only. Safe for concurrent use.</summary>
public interface IPrincipals
{
    /// <summary>
    /// Creates an organization's first user, its owner, with a token that is valid for a year, in the caller's transaction; success without change
    /// if both are there already. A token that is someone else's is a problem.
    /// </summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="name">Unique in the organization.</param>
    /// <param name="tokenSha256">64 lower-case hexadecimal digits.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<Result<Guid>> EnsureOwnerAsync(NpgsqlConnection connection, Guid organizationId, string name, string tokenSha256, CancellationToken cancellationToken);

    /// <summary>Invites the first user of an organization that was made in this transaction, who will be its owner. A code that is someone else's is a problem.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="name">Unique in the organization.</param>
    /// <param name="invitationSha256">Of the code, 64 hexadecimal digits; valid once, and for a week.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<Result<Guid>> InviteOwnerAsync(NpgsqlConnection connection, Guid organizationId, string name, string invitationSha256, CancellationToken cancellationToken);

    /// <summary>
    /// Ensures the operator's <c>admin</c> as platform administrator with exactly this token of the configuration, valid for a year from now; an earlier one from there is
    /// revoked. One that was revoked stays so: put another one into the configuration.
    /// </summary>
    Task EnsureAdministratorAsync(string tokenSha256, CancellationToken cancellationToken);
}
