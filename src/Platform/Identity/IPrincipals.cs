using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>Who may sign in, with which token. Tokens are known by their SHA-256 only. Safe for concurrent use.</summary>
public interface IPrincipals
{
    /// <summary>
    /// Creates an organization's principal with a token, in the caller's transaction; success without change if both are there
    /// already. A token that is someone else's is a problem.
    /// </summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="organizationId">Whose principal.</param>
    /// <param name="name">Unique in the organization.</param>
    /// <param name="tokenSha256">64 lower-case hexadecimal digits.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<Result<Principal>> EnsureAsync(NpgsqlConnection connection, Guid organizationId, string name, string tokenSha256, CancellationToken cancellationToken);

    /// <summary>Ensures the operator's <c>admin</c> with exactly this token: any other token of theirs ends.</summary>
    Task EnsureAdministratorAsync(string tokenSha256, CancellationToken cancellationToken);
}
