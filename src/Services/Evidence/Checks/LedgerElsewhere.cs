using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Entries of the ledger reach a collector of the organization's.</summary>
internal sealed class LedgerElsewhere : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "ledger-elsewhere",
        new("The ledger is forwarded", "Le registre est transmis"),
        new(
            "That a collector is named and has acknowledged what is older than ten minutes. Where the collector stands, and how long it keeps entries, is its owner's to say.",
            "Qu'un collecteur est désigné et a accusé réception de ce qui date de plus de dix minutes. Où il se trouve et combien de temps il conserve, c'est à son propriétaire de le dire."),
        Enforced: false,
        "secnumcloud-3.2/12.7.c", "secnumcloud-3.2/12.9.a")
    {
        JudgesBy = [ConfigurationFiles.Ledger],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var forwards = await connection.Statement("""
            select f.name, not exists (
                select from platform.ledger_entries e where e.log_id = f.log_id and e.index = f.next_index
                and (e.entry::jsonb ->> 'loggedAt')::timestamptz < now() - interval '10 minutes')
            from platform.ledger_forwards f where f.log_id = $1 order by f.name
            """, organizationId).ListAsync(r => (Name: r.GetString(0), Current: r.GetBoolean(1)), cancellationToken);
        var late = forwards.Where(f => !f.Current).Select(f => f.Name).ToList();
        return forwards.Count == 0 ? new Observation(false, new("No collector is named: `beffroi ledger forward`.", "Aucun collecteur n'est désigné : `beffroi ledger forward`."))
            : late.Count == forwards.Count
                ? new Observation(false, new($"No collector has all that is older than ten minutes: {string.Join(", ", late)}.", $"Aucun collecteur n'a tout ce qui date de plus de dix minutes : {string.Join(", ", late)}."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"{forwards.Count - late.Count} of {forwards.Count} collectors have everything that is older than ten minutes."),
                string.Create(CultureInfo.InvariantCulture, $"{forwards.Count - late.Count} collecteurs sur {forwards.Count} ont tout ce qui date de plus de dix minutes.")));
    }
}
