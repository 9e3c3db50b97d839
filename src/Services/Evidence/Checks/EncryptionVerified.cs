using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Somebody of the organization's looked for its rows on the host, open and sealed, and found none.</summary>
internal sealed class EncryptionVerified : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "encryption-verified",
        new("Rows of databases can't be read on the host", "Les lignes des bases ne peuvent être lues sur l'hôte"),
        new(
            "The newest result of `beffroi verify encryption` that was handed in for each space with a database and that looked while the organization was sealed, too: the word of one of its people, who was root of the host.",
            "Le résultat le plus récent de `beffroi verify encryption` remis pour chaque espace qui a une base, et qui a regardé aussi sous scellés : la parole d'une personne de l'organisation, qui était root de l'hôte."),
        Enforced: true,
        "secnumcloud-3.2/10.1.a")
    {
        JudgesBy = [ConfigurationFiles.Keys, ConfigurationFiles.Databases],
        GoodFor = TimeSpan.FromDays(31),
        LedgerActions = ["evidence.report"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var spaces = await connection.Statement("""
            select s.name, v.name, v.verdict, v.at, o.name
            from platform.spaces s join platform.organizations o on o.id = s.organization_id
            left join lateral (
                select e.name, e.verdict, e.at from platform.encryption_verifications e where e.space_id = s.id and e.sealed order by e.at desc limit 1) v on true
            where s.organization_id = $1 and exists (select from platform.resources r where r.space_id = s.id and r.kind = 'postgres' and not r.spare)
            order by s.name
            """, organizationId).ListAsync(
            r => (Space: r.GetString(0), Report: r.IsDBNull(1) ? null : r.GetString(1), Verdict: r.IsDBNull(2) ? null : r.GetString(2), At: r.Nullable<DateTimeOffset>(3), Organization: r.GetString(4)),
            cancellationToken);
        var (failed, open) = (spaces.Where(s => s.Verdict == "failed").Select(s => s.Space).ToList(), spaces.Where(s => s.Verdict is null).Select(s => s.Space).ToList());
        var (holds, message) = spaces.Count == 0 ? ((bool?)null, new LocalText("There is no database yet.", "Il n'y a pas encore de base."))
            : failed.Count > 0 ? (false, new LocalText($"Something was found or opened: {string.Join(", ", failed)}.", $"Quelque chose a été trouvé ou ouvert : {string.Join(", ", failed)}."))
            : open.Count > 0 ? (null, new LocalText($"Nobody has looked yet: {string.Join(", ", open)}.", $"Personne n'a encore regardé : {string.Join(", ", open)}."))
            : (true, new LocalText(
                string.Create(CultureInfo.InvariantCulture, $"Nothing was found in {spaces.Count} {(spaces.Count == 1 ? "space" : "spaces")}."),
                string.Create(CultureInfo.InvariantCulture, $"Rien n'a été trouvé dans {spaces.Count} {(spaces.Count == 1 ? "espace" : "espaces")}.")));
        return new Observation(holds, message)
        {
            ObservedAt = holds is null ? null : spaces.Min(s => s.At),
            Sources = [.. spaces.Where(s => s.Report is not null).Select(s => $"/v1/organizations/{s.Organization}/spaces/{s.Space}/encryption-verifications/{s.Report}")],
        };
    }
}
