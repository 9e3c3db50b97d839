using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Nobody of the organization gets in with one factor alone.</summary>
internal sealed class SecondFactor : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "second-factor",
        new("Everyone signs in with two factors", "Chacun se connecte avec deux facteurs"),
        new(
            "That every person with access has enrolled a password and an authenticator. Someone may still use a personal token that they made after such a sign-in.",
            "Que chaque personne qui a accès a enregistré un mot de passe et un authentificateur. Quelqu'un peut encore employer un jeton personnel, créé après une telle connexion."),
        Enforced: false,
        "secnumcloud-3.2/9.5.a", "secnumcloud-3.2/9.6.f")
    {
        JudgesBy = [ConfigurationFiles.Access],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var people = await connection.Statement("""
            select p.name, exists (select from platform.factors f where f.principal_id = p.id)
            from platform.principals p
            where p.organization_id = $1 and p.kind = 'user' and p.disabled_at is null
              and (exists (select from platform.factors f where f.principal_id = p.id)
                or exists (select from platform.tokens t where t.principal_id = p.id and t.revoked_at is null and t.expires_at > now()))
            order by p.name
            """, organizationId).ListAsync(r => (Name: r.GetString(0), Both: r.GetBoolean(1)), cancellationToken);
        var without = people.Where(p => !p.Both).Select(p => p.Name).ToList();
        return people.Count == 0 ? new Observation(null, new("Nobody has access.", "Personne n'a accès."))
            : without.Count == 0
                ? new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"All {people.Count} with access have two factors."),
                    string.Create(CultureInfo.InvariantCulture, $"Les {people.Count} personnes qui ont accès ont deux facteurs.")))
            : new Observation(false, new(
                string.Create(CultureInfo.InvariantCulture, $"{without.Count} of {people.Count} have a token and no second factor: {Some(without)}."),
                string.Create(CultureInfo.InvariantCulture, $"{without.Count} sur {people.Count} ont un jeton et pas de second facteur : {Some(without)}.")));
    }

    private static string Some(List<string> names) => string.Join(", ", names.Take(10)) + (names.Count > 10 ? ", …" : "");
}
