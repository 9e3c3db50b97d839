using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Identity.Providers;
using Beffroi.Platform.Identity.Sessions;
using Beffroi.Platform.Ledger;
using Microsoft.AspNetCore.Http;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>A session that has begun.</summary>
/// <param name="Id">Which.</param>
/// <param name="Holder">Whose.</param>
/// <param name="Tokens">Its first.</param>
internal sealed record BegunSession(Guid Id, Guid Holder, IssuedTokens Tokens);

/// <summary>Begins, continues and ends people's sessions: each in one transaction, with its entry in the ledger. Safe for concurrent use.</summary>
internal sealed class Sessions(NpgsqlDataSource store, ILedger ledger)
{
    /// <summary>Why a session ends: its holder has ended it.</summary>
    internal static LedgerReason SignedOut { get; } = Words("signed-out");

    /// <summary>With an authorization code; null if it can't be used (any more).</summary>
    public Task<BegunSession?> BeginWithCodeAsync(HttpContext http, string client, string code) => BeginAsync(
        http, client, Words("authorization-code"),
        async connection => (await AuthorizationCodes.FindAsync(connection, Listener.Of(http), client, code, http.RequestAborted))?.Holder,
        connection => AuthorizationCodes.TakeAsync(connection, Listener.Of(http), client, code, http.RequestAborted),
        (connection, session) => AuthorizationCodes.UsedAsync(connection, code, session, http.RequestAborted));

    /// <summary>With a device code that someone has agreed to; null if it can't be used (any more).</summary>
    public Task<BegunSession?> BeginWithDeviceAsync(HttpContext http, string code) => BeginAsync(
        http, CliClient.Id, Words("device-code"), connection => DeviceCodes.HolderAsync(connection, Listener.Of(http), code, http.RequestAborted), connection => DeviceCodes.UseAsync(connection, Listener.Of(http), code, http.RequestAborted), (_, _) => Task.CompletedTask);

    /// <summary>The next tokens; null if the refresh token can't be used (any more).</summary>
    public async Task<IssuedTokens?> ContinueAsync(HttpContext http, string client, string refreshToken)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        await HoldAsync(http, connection, (await RefreshTokens.FindAsync(connection, Listener.Of(http), client, refreshToken, http.RequestAborted))?.Holder);
        if (await RefreshTokens.UseAsync(connection, Listener.Of(http), client, refreshToken, http.RequestAborted) is not var (session, person))
        {
            return null;
        }

        var tokens = await SessionTable.IssueAsync(connection, person, session, http.RequestAborted);
        await transaction.CommitAsync(http.RequestAborted);
        return tokens;
    }

    /// <summary>Ends a session, at once. No error if it has ended.</summary>
    /// <param name="http">The request; null where time has ended it.</param>
    /// <param name="side">In which directory its holder is.</param>
    /// <param name="holder">Whose it is.</param>
    /// <param name="session">Which.</param>
    /// <param name="reason">For the ledger: <see cref="SignedOut"/> by its holder, anything else by the platform.</param>
    public async Task EndAsync(HttpContext? http, Side side, Guid holder, Guid session, LedgerReason reason)
    {
        // Whoever hangs up: what is to end ends.
        var cancellationToken = CancellationToken.None;
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await Person.GetAsync(connection, side, holder, cancellationToken) is not { } person)
        {
            return;
        }

        // As whoever withdraws a right: changes under way that use the session are waited for.
        await Authorizer.HoldAsync(connection, person.Directory, changing: true, cancellationToken);
        if (await SessionTable.EndAsync(connection, person.Side, person.Id, session, cancellationToken))
        {
            await RecordAsync(http, connection, reason.Equals(SignedOut) ? person.Actor : "system:sessions", person, "session.end", session, reason, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private async Task<BegunSession?> BeginAsync(
        HttpContext http, string client, LedgerReason how, Func<NpgsqlConnection, Task<Guid?>> find, Func<NpgsqlConnection, Task<Person?>> take, Func<NpgsqlConnection, Guid, Task> done)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        await HoldAsync(http, connection, await find(connection));
        // Where the organization demands a provider of its own, nothing begins without: also not what was agreed to before.
        if (await take(connection) is not { } person || await IdentityProviders.DemandedAsync(connection, person, http.RequestAborted) is not null)
        {
            return null;
        }

        var (session, tokens) = await SessionTable.BeginAsync(connection, person, client, ApiRequest.Of(http).Origin, http.RequestAborted);
        await done(connection, session);
        await RecordAsync(http, connection, person.Actor, person, "session.begin", session, how, http.RequestAborted);
        await transaction.CommitAsync(http.RequestAborted);
        return new BegunSession(session, person.Id, tokens);
    }

    // Before anything of the holder's is locked: whoever takes their account away begins at its other end, and the two would wait for each other.
    private static async Task HoldAsync(HttpContext http, NpgsqlConnection connection, Guid? holder)
    {
        if (holder is { } id && await Person.GetAsync(connection, Listener.Of(http), id, http.RequestAborted) is { } person)
        {
            await Authorizer.HoldAsync(connection, person.Directory, changing: false, http.RequestAborted);
        }
    }

    private Task RecordAsync(
        HttpContext? http, NpgsqlConnection connection, string actor, Person person, string action, Guid session, LedgerReason reason, CancellationToken cancellationToken)
    {
        var request = http is null ? null : ApiRequest.Of(http);
        if (request is not null)
        {
            request.Ledgered = true;
        }

        return ledger.AppendAsync(
            connection,
            new LedgerEntry(actor, action, "accepted", person.OrganizationId, http is null ? null : ApiRequest.Path(http), session, Reason: reason, RequestId: request?.Id, Origin: request?.Origin),
            cancellationToken);
    }
}
