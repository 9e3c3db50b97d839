using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>Signs texts with an organization's ledger key, which the organization knows already. Safe for concurrent use.</summary>
public interface IEvidenceSigner
{
    /// <summary>
    /// The signed note (C2SP signed-note); null while the organization's ledger has no entry yet, and so no key. The first line must be none that
    /// a checkpoint can start with: it names the format and isn't a log's origin.
    /// </summary>
    /// <exception cref="ArgumentException">The text is none of a note, or starts as a checkpoint.</exception>
    Task<string?> SignAsync(NpgsqlConnection connection, Guid organizationId, string text, CancellationToken cancellationToken);
}
