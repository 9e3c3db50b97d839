using System.Buffers.Text;
using System.Security.Cryptography;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Npgsql;

namespace Beffroi.Services.Postgres.Roles;

/// <summary>
/// The passwords of a PostgreSQL's roles, under its own key, and what PostgreSQL is given in their place. Every method works in the caller's transaction.
/// Safe for concurrent use on different connections.
/// </summary>
internal sealed class RolePasswords(IResourceKeys keys)
{
    private const string Prefix = "role/";

    /// <summary>The roles that have a password: <c>app</c>, and those of the spec that sign in with one.</summary>
    internal static IEnumerable<string> Of(PostgresSpec spec) =>
        (spec.Roles ?? []).Where(role => role.Login == PostgresRoleSpec.Password).Select(role => role.Name).Prepend(PostgresKind.Application);

    /// <summary>Makes those that are missing, and forgets those that nobody has any more. Whether there was any to make.</summary>
    internal async Task<bool> EnsureAsync(NpgsqlConnection connection, ResourceRow row, PostgresSpec spec, CancellationToken cancellationToken)
    {
        var wanted = Of(spec).ToList();
        await keys.RetainSecretsAsync(connection, row.Id, Prefix, [.. wanted.SelectMany<string, string>(role => [PasswordOf(role), VerifierOf(role)])], cancellationToken);
        var verifiers = await VerifiersAsync(connection, row, spec, cancellationToken);
        foreach (var role in wanted.Where(role => !verifiers.ContainsKey(role)))
        {
            await ReplaceAsync(connection, row, role, cancellationToken);
        }

        return verifiers.Count < wanted.Count;
    }

    /// <summary>Another password in place of the present one.</summary>
    internal async Task ReplaceAsync(NpgsqlConnection connection, ResourceRow row, string role, CancellationToken cancellationToken)
    {
        // 192 random bits in URL-safe characters: nothing that a connection string, a shell or SASLprep would change.
        using var password = Secret.FromText(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24)));
        using var verifier = Secret.FromText(ScramVerifier.Create(password));
        await keys.PutSecretAsync(connection, row.Space.OrganizationId, row.Id, PasswordOf(role), password, cancellationToken);
        await keys.PutSecretAsync(connection, row.Space.OrganizationId, row.Id, VerifierOf(role), verifier, cancellationToken);
    }

    /// <summary>The password; null if there is none (yet).</summary>
    internal Task<Secret?> PasswordAsync(NpgsqlConnection connection, ResourceRow row, string role, CancellationToken cancellationToken) =>
        keys.GetSecretAsync(connection, row.Space.OrganizationId, row.Id, PasswordOf(role), cancellationToken);

    /// <summary>What PostgreSQL is given in place of each role's password (<see cref="ScramVerifier"/>), by the role's name; what there is not yet is left out.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> VerifiersAsync(NpgsqlConnection connection, ResourceRow row, PostgresSpec spec, CancellationToken cancellationToken)
    {
        var roles = Of(spec).ToList();
        var secrets = await keys.GetSecretsAsync(connection, row.Space.OrganizationId, row.Id, [.. roles.Select(VerifierOf)], cancellationToken);
        var verifiers = roles.Where(role => secrets.ContainsKey(VerifierOf(role))).ToDictionary(role => role, role => secrets[VerifierOf(role)].RevealText(), StringComparer.Ordinal);
        foreach (var secret in secrets.Values)
        {
            secret.Dispose();
        }

        return verifiers;
    }

    private static string PasswordOf(string role) => (role == PostgresKind.Application ? role : Prefix + role) + "-password";

    private static string VerifierOf(string role) => (role == PostgresKind.Application ? role : Prefix + role) + "-verifier";
}
