using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Http;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.People;

/// <summary>
/// Adds and removes people's passkeys, and signs people in with them: alone, since an authenticator that has verified its holder is two factors. A refusal is one answer for whatever is wrong, and takes as
/// long as one of a password's (<see cref="PeopleSignIn"/>). Safe for concurrent use.
/// </summary>
internal sealed class Passkeys(NpgsqlDataSource store, PeopleSignIn people, ApiOptions options)
{
    /// <summary>What to ask the browser for; null if too many are asked at its address.</summary>
    /// <param name="http">The request.</param>
    /// <param name="cookie">A secret of the browser's, to which the question is bound.</param>
    public async Task<string?> AskAsync(HttpContext http, string cookie)
    {
        var (asked, state) = await PasskeyCeremonies.AskAsync(http);
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        return await PasskeyChallenges.PutAsync(connection, Listener.Of(http), TokenHash.Of(cookie)!, null, ApiRequest.Of(http).Origin, state, http.RequestAborted) ? asked : null;
    }

    /// <summary>A secret for the browser's cookie, as after any sign-in; null if it didn't work.</summary>
    /// <param name="http">The request.</param>
    /// <param name="cookie">To which the question was bound.</param>
    /// <param name="answer">The browser's.</param>
    public Task<string?> SignInAsync(HttpContext http, string cookie, string answer) => people.AlikeAsync(http, cancellationToken => OnceAsync(http, cookie, answer, cancellationToken));

    /// <summary>A person's passkeys, the oldest first.</summary>
    public async Task<IReadOnlyList<Passkey>> ListAsync(Person person, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await PasskeyTable.ListAsync(connection, person, cancellationToken);
    }

    /// <summary>What to ask the browser for, so that a passkey is made; null if too many are asked at its address.</summary>
    /// <param name="http">The request.</param>
    /// <param name="person">For whom.</param>
    /// <param name="signIn">SHA-256 of the cookie of the person's sign-in, to which the question is bound.</param>
    /// <param name="shownAs">How authenticators list it.</param>
    public async Task<string?> OfferAsync(HttpContext http, Person person, byte[] signIn, string shownAs)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var held = await PasskeyTable.HeldAsync(connection, person, PasskeyCeremonies.Domain(http) ?? "", http.RequestAborted);
        var (offered, state) = await PasskeyCeremonies.OfferAsync(http, person, shownAs, held);
        return await PasskeyChallenges.PutAsync(connection, person.Side, signIn, person.Id, ApiRequest.Of(http).Origin, state, http.RequestAborted) ? offered : null;
    }

    /// <summary>Keeps a passkey that was made; false if anything is wrong with it, or if the person has as many as there may be.</summary>
    public async Task<bool> AddAsync(HttpContext http, Person person, byte[] signIn, string name, string answer)
    {
        var cancellationToken = http.RequestAborted;
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        // Used up, whatever comes of it.
        if (await PasskeyChallenges.TakeAsync(connection, person.Side, signIn, person.Id, cancellationToken) is not { } state
            || await PasskeyCeremonies.MadeAsync(http, person, state, answer) is not { } made)
        {
            return false;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await PasskeyTable.InsertAsync(connection, person, name, made, cancellationToken))
        {
            return false;
        }

        await people.RecordAsync(http, connection, person, "passkey.add", accepted: true, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Removes one of the person's. No error if it is gone.</summary>
    public async Task RemoveAsync(HttpContext http, Person person, Guid id)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if (await PasskeyTable.RemoveAsync(connection, person, id, http.RequestAborted))
        {
            await people.RecordAsync(http, connection, person, "passkey.remove", accepted: true, null, http.RequestAborted);
            await transaction.CommitAsync(http.RequestAborted);
        }
    }

    private async Task<string?> OnceAsync(HttpContext http, string cookie, string answer, CancellationToken cancellationToken)
    {
        var side = Listener.Of(http);
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        // Without a question that is this browser's, nothing counts against the passkey: its id is no secret.
        if (TokenHash.Of(cookie) is not { } hash || await PasskeyChallenges.TakeAsync(connection, side, hash, null, cancellationToken) is not { } state
            || PasskeyCeremonies.Domain(http) is not { } domain || PasskeyCeremonies.CredentialId(answer) is not { } id
            || await PasskeyTable.BeginAttemptAsync(connection, side, domain, id, options.AccountFailuresAllowed, options.FailureWindow, options.LongestLock, cancellationToken) is not { } stored
            || await Person.GetAsync(connection, side, stored.Holder, cancellationToken) is not { } person)
        {
            return null;
        }

        var used = await PasskeyCeremonies.UsedAsync(http, state, answer, stored);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (used is not null)
        {
            await Authorizer.HoldAsync(connection, person.Directory, changing: false, cancellationToken);
        }

        var accepted = used is { } made && await PasskeyTable.UseAsync(connection, stored.Id, made.SignCount, made.Synced, cancellationToken);
        string? browser = null;
        if (accepted)
        {
            browser = PeopleSignIn.Random();
            await BrowserSignIns.InsertAsync(connection, person, TokenHash.Of(browser)!, cancellationToken);
        }

        var reason = accepted ? Words("passkey") : used is not null ? Words("passkey-counter") : stored.Locks ? Words("locked-out") : Words("wrong-passkey");
        await people.RecordAsync(http, connection, person, "sign-in", accepted, reason, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return browser;
    }
}
