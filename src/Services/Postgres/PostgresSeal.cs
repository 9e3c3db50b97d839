using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>What a sealed organization's requests are answered.</summary>
internal static class PostgresSeal
{
    /// <summary>The answer where a key turns out not to be available, sealed or not.</summary>
    internal static Problem KeyUnavailable { get; } = Problem.Conflict(
        "key-unavailable", "A key is not available", "The organization's or the resource's key is sealed or missing. Ask whoever holds the key.");

    /// <summary>Null, or the refusal of whatever would need the organization's key.</summary>
    internal static async Task<Problem?> RefuseAsync(ISeals seals, NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await seals.FindAsync(connection, organizationId, cancellationToken) is { IsSealed: true } seal ? seal.Refusal : null;
}
