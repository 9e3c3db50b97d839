using Beffroi.Platform.Access;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http.People;

/// <summary>
/// Lets people replace their own password, and their recovery codes, by the password that they have. A wrong one counts as one at a sign-in does, against the account and against the caller's address, and is told as
/// slowly. Safe for concurrent use.
/// </summary>
internal sealed class OwnFactors(NpgsqlDataSource store, Passwords passwords, PeopleSignIn people, ApiOptions options)
{
    /// <summary>Sets another password, and ends every session and sign-in of theirs; false if the present one isn't that, or they have to wait.</summary>
    public async Task<bool> ChangePasswordAsync(HttpContext http, Person person, string present, string password) =>
        await WithPasswordAsync(http, person, present, "password.change", ends: true, async (connection, hash, cancellationToken) =>
            await FactorTable.ReplacePasswordAsync(connection, person, hash, await passwords.HashAsync(password, cancellationToken), cancellationToken) ? (IReadOnlyList<string>)[] : null) is not null;

    /// <summary>New recovery codes in place of all that there were; null if the password isn't that, or they have to wait.</summary>
    public Task<IReadOnlyList<string>?> ReplaceCodesAsync(HttpContext http, Person person, string present) =>
        WithPasswordAsync(http, person, present, "recovery-codes.replace", ends: false, async (connection, hash, cancellationToken) =>
            await FactorTable.HoldAsync(connection, person, hash, cancellationToken) ? await RecoveryCodes.ReplaceAsync(connection, person.Id, cancellationToken) : null);

    private Task<IReadOnlyList<string>?> WithPasswordAsync(
        HttpContext http, Person person, string present, string action, bool ends, Func<NpgsqlConnection, string, CancellationToken, Task<IReadOnlyList<string>?>> replace) =>
        people.AlikeAsync(http, async cancellationToken =>
        {
            await using var connection = await store.OpenConnectionAsync(cancellationToken);
            var stored = await FactorTable.BeginAttemptAsync(connection, person, options.AccountFailuresAllowed, options.FailureWindow, options.LongestLock, cancellationToken);
            if (stored is null)
            {
                return null;
            }

            var right = await passwords.VerifyAsync(stored.PasswordHash, present, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (right)
            {
                // Changes under way that use one of the sessions which end are waited for.
                await Authorizer.HoldAsync(connection, person.Directory, changing: ends, cancellationToken);
            }

            var replaced = right ? await replace(connection, stored.PasswordHash, cancellationToken) : null;
            if (replaced is not null)
            {
                await FactorTable.ForgiveAsync(connection, person, cancellationToken);
            }

            await people.RecordAsync(http, connection, person, action, replaced is not null, replaced is null ? PeopleSignIn.Failed(stored.Locks) : null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return replaced;
        });
}
