using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Who was suspended has nothing left that opens anything.</summary>
internal sealed class AccessEnds : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "access-ends",
        new("Suspended accounts have no access left", "Les comptes suspendus n'ont plus aucun accès"),
        new(
            "That no suspended person or service account has a valid session. Their tokens are refused whatever their state.",
            "Qu'aucune personne ni aucun compte de service suspendus n'a de session valide. Leurs jetons sont refusés dans tous les cas."),
        Enforced: true,
        "secnumcloud-3.2/9.2.c", "secnumcloud-3.2/9.3.g")
    {
        JudgesBy = [ConfigurationFiles.Access],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select count(*), count(*) filter (where exists (select from platform.sessions s where s.principal_id = p.id and s.ended_at is null and s.expires_at > now()))
            from platform.principals p where p.organization_id = $1 and p.disabled_at is not null
            """, organizationId).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1)) switch
            {
                (0, _) => new Observation(true, new("Nobody is suspended.", "Personne n'est suspendu.")),
                (var all, 0) => new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"None of {all} has any."), string.Create(CultureInfo.InvariantCulture, $"Aucun des {all} n'en a."))),
                var (all, open) => new Observation(false, new(
                    string.Create(CultureInfo.InvariantCulture, $"{open} of {all} still have a session."),
                    string.Create(CultureInfo.InvariantCulture, $"{open} sur {all} ont encore une session."))),
            },
            cancellationToken))!;
}
