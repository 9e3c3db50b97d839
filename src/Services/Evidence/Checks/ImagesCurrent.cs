using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Platform.Capacity;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Databases run from an image that is known to its last package and was made not long ago.</summary>
internal sealed class ImagesCurrent(ZoneReview zones) : IEvidenceCheck
{
    /// <summary>Days that a database may stay on an image once there is a newer one.</summary>
    private const int DaysToUpdate = 30;

    /// <summary>Days after which an image lacks some of Debian's updates: point releases come every two months, security updates at any time.</summary>
    private const int DaysOfUse = 35;

    public CheckDescription Description { get; } = new(
        "images-current",
        new("Databases run from images that are listed and current", "Les bases tournent sur des images inventoriées et à jour"),
        new(
            "That the image from which new databases are made has a bill of materials, with each package and its version, and was built in the last 35 days, and that no database has been on an older one for more than 30 days after there was a newer (its condition UpToDate). It looks up no known flaws.",
            "Que l'image dont naissent les bases a une nomenclature, avec chaque paquet et sa version, qu'elle date de 35 jours au plus, et qu'aucune base n'est restée sur une plus ancienne plus de 30 jours après qu'il y en eut une plus récente (sa condition UpToDate). Cela ne recherche aucune faille connue."),
        Enforced: false,
        "secnumcloud-3.2/8.1.b", "secnumcloud-3.2/12.10.b")
    {
        JudgesBy = [ConfigurationFiles.Databases],
        LedgerActions = ["postgres.update"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var databases = await connection.Statement("""
            select s.name || '/' || r.name, s.zone, c ->> 'holds' = 'false' and (c ->> 'since')::timestamptz < now() - make_interval(days => $2), now()
            from platform.resources r join platform.spaces s on s.id = r.space_id
            left join lateral jsonb_array_elements(coalesce(r.status::jsonb -> 'conditions', '[]')) c on c ->> 'type' = 'UpToDate'
            where s.organization_id = $1 and r.kind = 'postgres' and not r.spare and r.deletion_requested_at is null order by 1
            """, organizationId, DaysToUpdate).ListAsync(
            r => (Database: r.GetString(0), Zone: r.GetString(1), Late: r.Nullable<bool>(2) is true, Now: r.GetFieldValue<DateTimeOffset>(3)), cancellationToken);
        if (databases.Count == 0)
        {
            return new Observation(null, new("There is no database yet.", "Il n'y a pas encore de base."));
        }

        var late = string.Join(", ", databases.Where(d => d.Late).Select(d => d.Database));
        var current = new List<ZoneImage>();
        foreach (var zone in databases.Select(d => d.Zone).Distinct(StringComparer.Ordinal))
        {
            current.AddRange(await zones.ImagesAsync(connection, zone, "postgres", cancellationToken));
        }

        var oldest = current.Count > 0 && current.All(i => i.BuiltAt is not null) ? current.MinBy(i => i.BuiltAt) : null;
        return late.Length > 0
                ? new Observation(false, new(
                    $"There has been a newer image for more than {DaysToUpdate} days: {late}; `beffroi postgres apply-updates`.",
                    $"Une image plus récente existe depuis plus de {DaysToUpdate} jours : {late} ; `beffroi postgres apply-updates`."))
            : oldest is null ? new Observation(null, new("What the newest image consists of is not known here.", "La composition de l'image la plus récente n'est pas connue ici."))
            : oldest.BuiltAt < databases[0].Now.AddDays(-DaysOfUse)
                ? new Observation(false, new(
                    string.Create(CultureInfo.InvariantCulture, $"The newest image was built on {oldest.BuiltAt:yyyy-MM-dd}, more than {DaysOfUse} days ago: the operator makes a newer one with `up`."),
                    string.Create(CultureInfo.InvariantCulture, $"L'image la plus récente date du {oldest.BuiltAt:yyyy-MM-dd}, de plus de {DaysOfUse} jours : l'opérateur en fait une nouvelle avec `up`.")))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"The newest image was built on {oldest.BuiltAt:yyyy-MM-dd}: Debian {oldest.Debian}, PostgreSQL {oldest.Postgres}, {oldest.Packages} packages in all."),
                string.Create(CultureInfo.InvariantCulture, $"L'image la plus récente date du {oldest.BuiltAt:yyyy-MM-dd} : Debian {oldest.Debian}, PostgreSQL {oldest.Postgres}, {oldest.Packages} paquets en tout.")));
    }
}
