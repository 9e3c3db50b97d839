using System.Security.Cryptography;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http.People;

/// <summary>
/// Signs a person in by password and second factor. One answer, after the same work and after a whole number of <see cref="ApiOptions.RefusalTime"/>, for an account that doesn't exist here, is
/// switched off, belongs to the other side, is locked, or for which a factor is wrong. Safe for concurrent use.
/// </summary>
internal sealed class PeopleSignIn(NpgsqlDataSource store, IOrganizationKeys keys, ILedger ledger, Passwords passwords, ApiOptions options, FailedSignIns failures, TimeProvider time)
{
    private Decoy? _decoy;

    /// <summary>What a second factor's secret is bound to.</summary>
    public static KeyContext Context(Guid holder) => new(holder, "totp");

    /// <summary>A secret for the browser's cookie; null if it didn't work.</summary>
    /// <param name="http">The request.</param>
    /// <param name="account"><see cref="Person.Account"/>.</param>
    /// <param name="password">Their password.</param>
    /// <param name="code">Of the second factor, or a recovery code.</param>
    public Task<string?> TryAsync(HttpContext http, string account, string password, string code) =>
        AlikeAsync(http, cancellationToken => OnceAsync(http, account, password, code, cancellationToken));

    /// <summary>Tries what takes somebody's factors. If it comes to nothing, that is told no sooner than anything else that comes to nothing, and it counts against the caller's address.</summary>
    internal async Task<T?> AlikeAsync<T>(HttpContext http, Func<CancellationToken, Task<T?>> attempt)
        where T : class
    {
        var started = time.GetTimestamp();
        if (await attempt(http.RequestAborted) is { } result)
        {
            return result;
        }

        failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
        // Whole units: on a busy machine, too, the little that differs stays below what can be seen.
        var units = Math.Ceiling(time.GetElapsedTime(started) / options.RefusalTime);
        await Task.Delay((options.RefusalTime * units) - time.GetElapsedTime(started) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero, time, http.RequestAborted);
        return null;
    }

    private async Task<string?> OnceAsync(HttpContext http, string account, string password, string code, CancellationToken cancellationToken)
    {
        var decoy = _decoy ??= await MakeDecoyAsync(cancellationToken);
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        var person = await Person.FindAsync(connection, Listener.Of(http), account, cancellationToken);
        var stored = person is null ? null : await FactorTable.BeginAttemptAsync(connection, person, options.AccountFailuresAllowed, options.FailureWindow, options.LongestLock, cancellationToken);
        // Both are always looked at: how long it takes must not tell that the password was right.
        var right = await passwords.VerifyAsync(stored?.PasswordHash ?? decoy.PasswordHash, password, cancellationToken);
        using var secret = await keys.UnwrapAsync(Guid.Empty, Context(stored is null ? Guid.Empty : person!.Id), stored?.SealedSecret ?? decoy.SealedSecret, cancellationToken);
        var step = Totp.Matching(secret.Reveal(), code, time.GetUtcNow());
        if (stored is null)
        {
            return null;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (right)
        {
            await Authorizer.HoldAsync(connection, person!.Directory, changing: false, cancellationToken);
        }

        var accepted = right && await FactorTable.HoldAsync(connection, person!, stored.PasswordHash, cancellationToken) && (step is { } used
            ? await FactorTable.UseStepAsync(connection, person!, used, cancellationToken)
            : await RecoveryCodes.UseAsync(connection, person!.Id, code, cancellationToken));
        string? cookie = null;
        if (accepted)
        {
            cookie = Random();
            await FactorTable.ForgiveAsync(connection, person!, cancellationToken);
            await BrowserSignIns.InsertAsync(connection, person!, TokenHash.Of(cookie)!, cancellationToken);
        }

        await RecordAsync(
            http, connection, person!, "sign-in", accepted, accepted ? step is null ? LedgerReason.Words("recovery-code") : null : Failed(stored.Locks), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return cookie;
    }

    /// <summary>A secret of 256 bits for a cookie.</summary>
    internal static string Random() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What the ledger says of an attempt that failed.</summary>
    internal static LedgerReason Failed(bool locks) => locks ? LedgerReason.Words("locked-out") : LedgerReason.Words("wrong-credentials");

    /// <summary>Writes what a person did, or what was tried in their name, into the ledger of their organization, or the operator's.</summary>
    internal Task RecordAsync(HttpContext http, NpgsqlConnection connection, Person person, string action, bool accepted, LedgerReason? reason, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Of(http);
        request.Ledgered = true;
        return ledger.AppendAsync(
            connection,
            new LedgerEntry(
                accepted ? person.Actor : "anonymous", action, accepted ? "accepted" : "refused", person.OrganizationId, ApiRequest.Path(http), person.Id, Reason: reason,
                RequestId: request.Id, Origin: request.Origin),
            cancellationToken);
    }

    private async Task<Decoy> MakeDecoyAsync(CancellationToken cancellationToken)
    {
        await keys.EnsureAsync(Guid.Empty, cancellationToken);
        using var secret = Secret.Random(Totp.SecretLength);
        return new Decoy(await passwords.HashAsync(Random(), cancellationToken), await keys.WrapAsync(Guid.Empty, Context(Guid.Empty), secret, cancellationToken));
    }

    /// <summary>What is compared with where there is no account: nobody knows it.</summary>
    private sealed record Decoy(string PasswordHash, byte[] SealedSecret);
}
