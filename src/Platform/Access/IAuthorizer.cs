using Beffroi.Platform.Identity;
using Npgsql;

namespace Beffroi.Platform.Access;

/// <summary>
/// The one place that decides who may do what. Deny by default. Safe for concurrent use.
/// <para>
/// Rights are read on the connection of what they are used for. In a transaction they hold until it ends: whoever changes rights waits for it, and
/// whoever comes after sees the change. So once a revocation was answered, nothing is committed any more that needed what was revoked.
/// </para>
/// </summary>
public interface IAuthorizer
{
    /// <summary>What a customer's principal may in their organization; null if their token or account has ended since it was presented.</summary>
    /// <param name="connection">In the transaction of the change, if there is one.</param>
    /// <param name="principal">Who.</param>
    /// <param name="changing">Whether the transaction is going to change anybody's rights or credentials: others then wait.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<AccessRights?> RightsAsync(NpgsqlConnection connection, CustomerPrincipal principal, bool changing, CancellationToken cancellationToken);

    /// <summary>What one of the operator's people may; null if their token or account has ended since it was presented.</summary>
    /// <param name="connection">In the transaction of the change, if there is one.</param>
    /// <param name="principal">Who.</param>
    /// <param name="changing">As for customers.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<IReadOnlySet<OperatorPermission>?> RightsAsync(NpgsqlConnection connection, OperatorPrincipal principal, bool changing, CancellationToken cancellationToken);
}
