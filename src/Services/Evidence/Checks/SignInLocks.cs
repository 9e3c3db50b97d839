using Beffroi.Platform.Http;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Who fails to sign in too often has been made to wait.</summary>
internal sealed class SignInLocks(ApiOptions options) : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "sign-in-locks",
        new("Repeated failures lock an account", "Les échecs répétés verrouillent un compte"),
        new(
            FormattableString.Invariant($"The store counts attempts since the last success, for each account and each passkey, and until when it is locked. From {options.AccountFailuresAllowed} on there must be a lock, which lasts {Seconds(options.FailureWindow)} seconds and twice as long after each further failure, at most {Seconds(options.LongestLock)}. So a failure that locked nothing, or a lock that was lifted by hand, is found. When an attempt was is not kept: it can't be seen whether a lock that has ended lasted long enough. An address that fails too often waits too, which is kept in memory and not seen here."),
            FormattableString.Invariant($"La base compte les essais depuis le dernier succès, pour chaque compte et chaque clé d'accès, et jusqu'à quand il y a verrou. À partir de {options.AccountFailuresAllowed}, il doit y en avoir un, de {Seconds(options.FailureWindow)} secondes puis deux fois plus long après chaque nouvel échec, au plus {Seconds(options.LongestLock)}. Un échec qui n'a rien verrouillé, ou un verrou levé à la main, est ainsi trouvé. La date d'un essai n'est pas conservée : on ne voit pas si un verrou terminé a duré assez longtemps. Une adresse qui échoue trop souvent attend aussi, ce qui est tenu en mémoire et ne se voit pas ici.")),
        Enforced: true,
        "secnumcloud-3.2/9.5.b")
    {
        JudgesBy = [ConfigurationFiles.Access],
    };

    // A success sets both to nothing; the attempt that reaches the limit sets a lock, and no other is taken until it has ended.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            with counted as (
                select f.failures, f.locked_until from platform.factors f join platform.principals p on p.id = f.principal_id where p.organization_id = $1
                union all
                select k.failures, k.locked_until from platform.passkeys k join platform.principals p on p.id = k.holder where p.organization_id = $1
            )
            select count(*), count(*) filter (where locked_until > now()), count(*) filter (where failures >= $2 and locked_until is null) from counted
            """, organizationId, options.AccountFailuresAllowed).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)) switch
            {
                (0, _, _) => new Observation(null, new("Nobody has a password here yet.", "Personne n'a encore de mot de passe ici.")),
                (var all, var locked, 0) => new Observation(true, new(
                    FormattableString.Invariant($"None of {all} passwords and passkeys was tried more often without a lock; {locked} are locked now."),
                    FormattableString.Invariant($"Aucun des {all} mots de passe et clés d'accès n'a été essayé davantage sans verrou ; {locked} sont verrouillés."))),
                var (all, _, open) => new Observation(false, new(
                    FormattableString.Invariant($"{open} of {all} passwords and passkeys failed too often and were not locked."),
                    FormattableString.Invariant($"{open} des {all} mots de passe et clés d'accès ont échoué trop souvent sans être verrouillés."))),
            },
            cancellationToken))!;

    private static int Seconds(TimeSpan time) => (int)time.TotalSeconds;
}
