using Beffroi.Contracts;
using Npgsql;

namespace Beffroi.Platform.Keys.Escrow;

/// <summary>What an organization has in escrow, for whoever shows evidence of it.</summary>
public static class EscrowReview
{
    /// <summary>As the API shows it.</summary>
    public static async Task<KeyEscrow> ReadAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await EscrowTable.ViewAsync(connection, organizationId, "", cancellationToken);
}
