using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The operator's accounts are people's, and each has factors of its own; programs' are said to be. Customers see how many, never who.</summary>
internal sealed class OperatorAccounts : IEvidenceCheck
{
    /// <summary>Names of functions, which several people would share.</summary>
    internal static readonly string[] Shared =
        ["admin", "administrator", "beffroi", "capacity", "console", "guest", "ops", "operations", "operator", "platform", "root", "service", "shared", "support", "sysadmin", "system", "team", "test", "user"];

    public CheckDescription Description { get; } = new(
        "operator-accounts",
        new("The operator's accounts are named people's, with two factors", "Les comptes de l'opérateur sont nominatifs, avec deux facteurs"),
        new(
            "That each of the operator's accounts that can get in has a password and an authenticator of its own, and that none has the name of a function (admin, root, support …). Service accounts, which are programs' and sign in with a token, are counted apart. The list of administrators is the operator's directory itself, of which customers see the count. It can't show that a name is a person's, nor that nobody lends it.",
            "Que chaque compte de l'opérateur qui peut entrer a son propre mot de passe et son propre authentificateur, et qu'aucun ne porte le nom d'une fonction (admin, root, support…). Les comptes de service, qui sont ceux de programmes et se connectent avec un jeton, sont comptés à part. La liste des administrateurs est l'annuaire même de l'opérateur, dont les clients voient le nombre. Il ne montre pas qu'un nom est celui d'une personne, ni que nul ne le prête."),
        Enforced: false,
        "secnumcloud-3.2/9.2.b", "secnumcloud-3.2/9.3.c", "secnumcloud-3.2/9.6.f")
    {
        JudgesBy = [ConfigurationFiles.Installation],
    };

    // Who is disabled or has neither factors nor a token can't get in.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select count(*) filter (where person), count(*) filter (where person and not factors),
                   count(*) filter (where person and (name = any($1) or regexp_replace(name, '[0-9._-]+$', '') = any($1))), count(*) filter (where person and administrator), count(*) filter (where not person)
            from (
                select lower(o.name) as name, o.kind = 'user' as person, exists (select from platform.factors f where f.operator_id = o.id) as factors,
                       exists (select from platform.operator_roles r where r.operator_id = o.id and r.role = 'platform-administrator') as administrator
                from platform.operators o
                where o.disabled_at is null and o.accepted_at is not null
                  and (exists (select from platform.factors f where f.operator_id = o.id)
                    or exists (select from platform.operator_tokens t where t.operator_id = o.id and t.revoked_at is null and t.expires_at > now()))) a
            """, (object)Shared).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), Programs(r.GetInt64(4))) switch
            {
                (0, _, _, _, var (en, fr)) => new Observation(null, new("None of the operator's people can get in." + en, "Personne de l'opérateur ne peut entrer." + fr)),
                (var all, 0, 0, var administrators, var (en, fr)) => new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"So are all {all}, of whom {administrators} are administrators.{en}"),
                    string.Create(CultureInfo.InvariantCulture, $"Tous le sont ({all}), dont {administrators} administrateurs.{fr}"))),
                var (all, without, shared, administrators, (en, fr)) => new Observation(false, new(
                    string.Create(CultureInfo.InvariantCulture, $"Of {all}, of whom {administrators} are administrators, {without} have no second factor and {shared} have the name of a function.{en}"),
                    string.Create(CultureInfo.InvariantCulture, $"Sur {all}, dont {administrators} administrateurs, {without} n'ont pas de second facteur et {shared} portent le nom d'une fonction.{fr}"))),
            },
            cancellationToken))!;

    private static (string En, string Fr) Programs(long count) => count == 0 ? ("", "") : (
        string.Create(CultureInfo.InvariantCulture, $" Service accounts beside them: {count}."), string.Create(CultureInfo.InvariantCulture, $" Comptes de service en plus : {count}."));
}
