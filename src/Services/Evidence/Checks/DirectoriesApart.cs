using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The operator's directory and the organization's share no account and nothing that opens one.</summary>
internal sealed class DirectoriesApart : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "directories-apart",
        new("The operator's directory is apart from the organization's", "L'annuaire de l'opérateur est séparé de celui de l'organisation"),
        new(
            "That no account of the organization's has the id of one of the operator's, no token opens both, no token belongs to a session of the other side, no password's digest was copied from one to the other, and no grant and no group names an account of the operator's. It does not show whether one person has an account on each side, nor chose the same password twice: digests are salted.",
            "Qu'aucun compte de l'organisation n'a l'identifiant d'un compte de l'opérateur, qu'aucun jeton n'ouvre les deux, qu'aucun jeton n'appartient à une session de l'autre côté, qu'aucune empreinte de mot de passe n'a été copiée de l'un à l'autre, et qu'aucun droit ni aucun groupe ne nomme un compte de l'opérateur. Cela ne montre pas si une même personne a un compte de chaque côté, ni si elle y a choisi le même mot de passe : les empreintes sont salées."),
        Enforced: true,
        "secnumcloud-3.2/9.6.a")
    {
        JudgesBy = [ConfigurationFiles.Access, ConfigurationFiles.Installation],
    };

    // That factors, sessions and codes are of one side each, constraints of the schema say. These are what they don't, or what they would no longer if somebody took them away.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select (select count(*) from platform.principals where organization_id = $1), (select count(*) from platform.operators),
                   (select count(*) from platform.principals p join platform.operators o on o.id = p.id where p.organization_id = $1),
                   (select count(*) from platform.operator_tokens o join platform.tokens t on t.sha256 = o.sha256 join platform.principals p on p.id = t.principal_id where p.organization_id = $1)
                 + (select count(*) from platform.sessions s join platform.tokens t on t.session_id = s.id join platform.principals p on p.id = t.principal_id
                    where s.operator_id is not null and p.organization_id = $1)
                 + (select count(*) from platform.operator_tokens o join platform.sessions s on s.id = o.session_id join platform.principals p on p.id = s.principal_id where p.organization_id = $1),
                   (select count(*) from platform.factors f join platform.principals p on p.id = f.principal_id join platform.factors o on o.operator_id is not null and o.password_hash = f.password_hash
                    where p.organization_id = $1),
                   (select count(*) from platform.grants g join platform.operators o on o.id = g.principal_id where g.organization_id = $1)
                 + (select count(*) from platform.group_members m join platform.groups g on g.id = m.group_id join platform.operators o on o.id = m.principal_id where g.organization_id = $1)
            """, organizationId).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5)) switch
            {
                (0, _, _, _, _, _) => new Observation(null, new("There is no account here.", "Il n'y a pas de compte ici.")),
                (var own, var others, 0, 0, 0, 0) => new Observation(true, new(
                    FormattableString.Invariant($"The {own} accounts of the organization and the operator's {others} have nothing in common."),
                    FormattableString.Invariant($"Les {own} comptes de l'organisation et les {others} de l'opérateur n'ont rien en commun."))),
                var (_, _, accounts, tokens, passwords, rights) => new Observation(false, new(
                    FormattableString.Invariant($"Of both sides are: {accounts} accounts, {tokens} tokens, {passwords} passwords' digests; {rights} rights or memberships are the operator's accounts'."),
                    FormattableString.Invariant($"Sont des deux côtés : {accounts} comptes, {tokens} jetons, {passwords} empreintes de mots de passe ; {rights} droits ou appartenances sont à des comptes de l'opérateur."))),
            },
            cancellationToken))!;
}
