using System.Globalization;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Databases are reached by TLS 1.3 and in no other way.</summary>
internal sealed class DatabasesSpeakTls : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "databases-tls",
        new("Databases speak TLS 1.3 alone", "Les bases ne parlent que TLS 1.3"),
        new(
            "Every six hours, and with each new certificate, each node's agent tries its PostgreSQL where customers connect: a handshake of TLS 1.3 succeeds, one of TLS 1.2 is refused, and so is whoever begins without TLS. It shows nothing of whether clients verify the certificate; databases that are stopped are left out.",
            "Toutes les six heures, et à chaque nouveau certificat, l'agent de chaque nœud éprouve son PostgreSQL là où se connectent les clients : une négociation TLS 1.3 aboutit, une de TLS 1.2 est refusée, de même que qui commence sans TLS. Cela ne montre pas que les clients vérifient le certificat ; les bases arrêtées n'en sont pas."),
        Enforced: true,
        "secnumcloud-3.2/10.2.a", "secnumcloud-3.2/10.2.c")
    {
        // A look may be missed.
        GoodFor = TimeSpan.FromHours(13),
        JudgesBy = [ConfigurationFiles.Databases],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var nodes = await connection.Statement("""
            select s.name || '/' || r.name, a.facts
            from platform.resources r join platform.spaces s on s.id = r.space_id left join platform.agents a on a.resource_id = r.id
            where s.organization_id = $1 and r.kind = 'postgres' and not r.spare and r.deletion_requested_at is null and not coalesce((r.spec ->> 'stopped')::boolean, false)
            """, organizationId).ListAsync(r => (Database: r.GetString(0), Seen: r.Bytes(1) is { } facts ? Facts.Parser.ParseFrom(facts).Postgres?.Listener : null), cancellationToken);
        var seen = nodes.Where(n => n.Seen is not null).ToLookup(n => n.Database, n => n.Seen!, StringComparer.Ordinal);
        var missing = nodes.Select(n => n.Database).Where(database => !seen.Contains(database));
        var (holds, message) = nodes.Count == 0 ? ((bool?)null, new LocalText("There is no database that runs.", "Aucune base n'est en marche."))
            : Named(seen, s => s.Plain) is { } plain ? (false, new LocalText($"Whoever speaks no TLS may sign in: {plain}.", $"On peut s'y connecter sans TLS : {plain}."))
            : Named(seen, s => s.Tls12) is { } old ? (false, new LocalText($"Still speak TLS 1.2 or older: {old}.", $"Parlent encore TLS 1.2 ou plus ancien : {old}."))
            : Named(seen, s => !s.Tls13) is { } without ? (false, new LocalText($"Don't speak TLS 1.3: {without}.", $"Ne parlent pas TLS 1.3 : {without}."))
            : Names(missing) is { Length: > 0 } open ? (null, new LocalText($"Not looked at yet: {open}.", $"Pas encore éprouvées : {open}."))
            : (true, new LocalText(
                string.Create(CultureInfo.InvariantCulture, $"So do all {seen.Count}."), string.Create(CultureInfo.InvariantCulture, $"C'est le cas de toutes ({seen.Count}).")));
        return new Observation(holds, message) { ObservedAt = holds is null ? null : DateTimeOffset.FromUnixTimeSeconds(seen.Min(s => s.Min(l => l.LookedAt))) };
    }

    private static string? Named(ILookup<string, PostgresFacts.Types.Listener> seen, Func<PostgresFacts.Types.Listener, bool> fault) =>
        Names(seen.Where(s => s.Any(fault)).Select(s => s.Key)) is { Length: > 0 } names ? names : null;

    private static string Names(IEnumerable<string> databases) => string.Join(", ", databases.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
