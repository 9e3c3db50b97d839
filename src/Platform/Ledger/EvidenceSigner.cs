using Beffroi.Platform.Keys;
using Beffroi.Platform.Store;
using Beffroi.Transparency;
using Npgsql;

namespace Beffroi.Platform.Ledger;

internal sealed class EvidenceSigner(IOrganizationKeys keys) : IEvidenceSigner
{
    public async Task<string?> SignAsync(NpgsqlConnection connection, Guid organizationId, string text, CancellationToken cancellationToken)
    {
        var row = await connection.Statement("select origin, sealed_key from platform.ledger_logs where id = $1", organizationId)
            .FirstAsync(r => Tuple.Create(r.GetString(0), r.GetFieldValue<byte[]>(1)), cancellationToken);
        if (row is null)
        {
            return null;
        }

        if (text.Split('\n')[0] == row.Item1)
        {
            throw new ArgumentException("A text that starts with the log's origin could pass for a checkpoint.", nameof(text));
        }

        using var seed = await keys.UnwrapAsync(Guid.Empty, LedgerLog.Context(organizationId), row.Item2, cancellationToken);
        using var signer = NoteSigner.Import(row.Item1, NoteAlgorithm.Ed25519, seed.Reveal());
        var note = new SignedNote(text, [signer.Sign(text)]).ToString();
        return SignedNote.Parse(note) is null ? throw new ArgumentException("The text can't be a note's.", nameof(text)) : note;
    }
}
