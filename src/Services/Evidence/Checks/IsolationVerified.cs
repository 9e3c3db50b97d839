using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Every space in which something lives was attacked from outside and inside, and nothing got through.</summary>
internal sealed class IsolationVerified(ZoneDescription zone) : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "isolation-verified",
        new("Spaces are sealed from each other", "Les espaces sont étanches entre eux"),
        new(
            "The newest verification of each space in use: probes attack its network, the host and the control plane for real, among it both sides' interfaces, the store, Incus and SSH, on the host's IPv4 addresses (the first 16). It shows nothing of attacks that it does not try.",
            "La vérification la plus récente de chaque espace utilisé : des sondes attaquent réellement son réseau, l'hôte et le plan de contrôle, dont les interfaces des deux côtés, la base, Incus et SSH, aux adresses IPv4 de l'hôte (les 16 premières). Elle ne montre rien des attaques qu'elle n'essaie pas."),
        Enforced: true,
        "secnumcloud-3.2/9.6.i", "secnumcloud-3.2/9.6.k", "secnumcloud-3.2/9.7.a", "secnumcloud-3.2/18.2.1.b")
    {
        JudgesBy = [ConfigurationFiles.Network, ConfigurationFiles.Spaces],
        // Two rounds may be missed, as for the space's condition.
        GoodFor = TimeSpan.FromHours(zone.IsolationVerificationHours is > 0 and var hours ? hours * 2.5 : 31 * 24),
        LedgerActions = ["isolation.judge"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var spaces = await connection.Statement("""
            select s.name, v.name, v.status ->> 'verdict', (v.status ->> 'finishedAt')::timestamptz, o.name
            from platform.spaces s join platform.organizations o on o.id = s.organization_id
            left join lateral (
                select r.name, r.status from platform.resources r
                where r.space_id = s.id and r.kind = 'isolation-verification' and r.status ->> 'verdict' <> 'running' order by r.created_at desc limit 1) v on true
            where s.organization_id = $1 and exists (select from platform.addresses a where a.space_id = s.id)
              and not exists (select from platform.throw_away_spaces t where t.space_id = s.id)
            order by s.name
            """, organizationId).ListAsync(
            r => (Space: r.GetString(0), Verification: r.IsDBNull(1) ? null : r.GetString(1), Verdict: r.IsDBNull(2) ? null : r.GetString(2), At: r.Nullable<DateTimeOffset>(3), Organization: r.GetString(4)),
            cancellationToken);
        var (failed, open) = (spaces.Where(s => s.Verdict == "failed").ToList(), spaces.Where(s => s.Verdict is not ("failed" or "passed")).ToList());
        var (holds, message) = spaces.Count == 0 ? ((bool?)null, new LocalText("There is nothing in any space yet.", "Aucun espace ne contient encore quoi que ce soit."))
            : failed.Count > 0 ? (false, new LocalText($"An attack got through in {Names(failed)}.", $"Une attaque est passée dans {Names(failed)}."))
            : open.Count > 0 ? (null, new LocalText($"Not verified to an end yet: {Names(open)}.", $"Pas encore vérifié jusqu'au bout : {Names(open)}."))
            : (true, new LocalText(
                string.Create(CultureInfo.InvariantCulture, $"Nothing got through in {spaces.Count} {(spaces.Count == 1 ? "space" : "spaces")}: {Names(spaces)}."),
                string.Create(CultureInfo.InvariantCulture, $"Rien n'est passé dans {spaces.Count} {(spaces.Count == 1 ? "espace" : "espaces")} : {Names(spaces)}.")));
        return new Observation(holds, message)
        {
            ObservedAt = holds is null ? null : spaces.Min(s => s.At),
            Sources = [.. spaces.Where(s => s.Verification is not null)
                .Select(s => $"/v1/organizations/{s.Organization}/spaces/{s.Space}/isolation-verifications/{s.Verification}")],
        };

        string Names(IEnumerable<(string Space, string?, string?, DateTimeOffset?, string)> some) => string.Join(", ", some.Select(s => s.Space));
    }
}
