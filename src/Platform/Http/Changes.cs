using System.Text.Json.Serialization.Metadata;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http;

/// <summary>
/// Runs accepted changes: one transaction for everything that a change writes, its kept answer and its ledger entry. A refusal rolls all of it
/// back; its own ledger entry is written at the end of the pipeline. Safe for concurrent use.
/// </summary>
public sealed class Changes(NpgsqlDataSource store, ILedger ledger, IPolicy policy)
{
    /// <summary>Runs one change.</summary>
    /// <typeparam name="TScope">What the path names.</typeparam>
    /// <param name="http">The request; <see cref="ApiRequest.Action"/> is set by then, or by <paramref name="change"/>.</param>
    /// <param name="body">The request's body as it came; empty where there is none.</param>
    /// <param name="enter">Finds what the path names and decides whether the caller may do this.</param>
    /// <param name="change">Checks and writes. Called again, after a roll-back, if it returns null: the state changed under it.</param>
    /// <param name="cancellationToken">Stops waiting; nothing is written then.</param>
    /// <param name="keepAnswer">Whether an Idempotency-Key is honoured. Never for answers that hold a secret: they would be stored.</param>
    public async Task<IResult> RunAsync<TScope>(
        HttpContext http,
        byte[] body,
        Func<NpgsqlConnection, CancellationToken, Task<Result<TScope>>> enter,
        Func<NpgsqlConnection, TScope, CancellationToken, Task<Result<Accepted>?>> change,
        CancellationToken cancellationToken,
        bool keepAnswer = true)
    {
        var key = keepAnswer ? IdempotencyKeys.Read(http) : (string?)null;
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await using var connection = await store.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            // That of an attempt that was rolled back isn't used up.
            ApiRequest.Of(http).ApprovedBy = null;
            var scope = await enter(connection, cancellationToken);
            if (!scope.Ok || !key.Ok)
            {
                return new Refused(scope.Problem ?? key.Problem!);
            }

            var outcome = await OnceAsync(http, connection, key.Value, body, scope.Value, change, cancellationToken);
            if (outcome is { Ok: true, Value: var accepted })
            {
                await RecordAsync(http, connection, accepted, scope.Value as SpaceRecord, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                ApiRequest.Of(http).Ledgered = true;
                return new AcceptedResult(accepted);
            }

            if (outcome is { Problem: { } problem })
            {
                return new Refused(problem);
            }
        }

        return new Refused(new Problem(
            "busy", 503, "Too many changes at once", "Others keep changing the same resource at this moment; send the request again.", []));
    }

    /// <summary>
    /// Runs one change whose request has a JSON body. What is wrong with the body or the query is said only to those who may make the change.
    /// </summary>
    /// <typeparam name="TScope">What the path names.</typeparam>
    /// <typeparam name="TBody">The body.</typeparam>
    /// <param name="http">The request.</param>
    /// <param name="action">In the ledger's words.</param>
    /// <param name="type">How the body is read.</param>
    /// <param name="enter">Finds what the path names and decides whether the caller may do this.</param>
    /// <param name="change">Checks and writes. Called again, after a roll-back, if it returns null.</param>
    /// <param name="keepAnswer">Whether an Idempotency-Key is honoured.</param>
    public async Task<IResult> RunAsync<TScope, TBody>(
        HttpContext http,
        string action,
        JsonTypeInfo<TBody> type,
        Func<NpgsqlConnection, CancellationToken, Task<Result<TScope>>> enter,
        Func<NpgsqlConnection, TScope, TBody, CancellationToken, Task<Result<Accepted>?>> change,
        bool keepAnswer = true)
        where TBody : class
    {
        ApiRequest.Of(http).Action = action;
        var body = await JsonBody.ReadAsync(http, http.RequestAborted);
        return !body.Ok
            ? new Refused(body.Problem)
            : await RunAsync(
                http,
                body.Value,
                enter,
                (connection, scope, token) =>
                {
                    var errors = new List<FieldError>();
                    var content = JsonBody.Parse(body.Value, type, errors);
                    return (Query.Check(http) ?? content.Problem ?? (errors.Count > 0 ? Problem.Invalid(errors) : null)) is { } bad
                        ? Task.FromResult<Result<Accepted>?>(bad)
                        : change(connection, scope, content.Value!, token);
                },
                http.RequestAborted,
                keepAnswer);
    }

    private static async Task<Result<Accepted>?> OnceAsync<TScope>(
        HttpContext http,
        NpgsqlConnection connection,
        string? key,
        byte[] body,
        TScope scope,
        Func<NpgsqlConnection, TScope, CancellationToken, Task<Result<Accepted>?>> change,
        CancellationToken cancellationToken)
    {
        if (key is null)
        {
            return await change(connection, scope, cancellationToken);
        }

        var principal = ApiRequest.Of(http).Principal!.Id;
        var fingerprint = IdempotencyKeys.Fingerprint(http, body);
        var kept = await IdempotencyKeys.FindAsync(connection, principal, key, fingerprint, cancellationToken);
        if (!kept.Ok && kept.Problem is { } reused)
        {
            return reused;
        }

        if (kept.Value is { } before)
        {
            return before;
        }

        var outcome = await change(connection, scope, cancellationToken);
        if (outcome is { Ok: true, Value: var accepted })
        {
            await IdempotencyKeys.KeepAsync(connection, principal, key, fingerprint, accepted, cancellationToken);
        }

        return outcome;
    }

    private async Task RecordAsync(HttpContext http, NpgsqlConnection connection, Accepted accepted, SpaceRecord? space, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Of(http);
        if (accepted.OperationId is { } operation)
        {
            await Requesters.NoteAsync(connection, operation, request.Actor, cancellationToken);
        }

        // Whatever is done in a space is done under the rules of its data, as they are now.
        var decided = accepted.Policy ?? (space is null ? null : (await policy.FindAsync(connection, space.Id, cancellationToken))?.Note);
        string[] approvers = [.. ((string?[])[request.ApprovedBy, accepted.ApprovedBy]).OfType<string>()];
        await ledger.AppendAsync(
            connection,
            new LedgerEntry(
                request.Actor, request.Action ?? throw new InvalidOperationException("A change needs an action's name."), "accepted",
                request.OrganizationId, ApiRequest.Path(http), accepted.ResourceId, accepted.Generation, LedgerReason.Join("; ", accepted.Note, decided), request.Id,
                accepted.OperationId, request.Origin, ApprovedBy: approvers.Length == 0 ? null : string.Join(", ", approvers)),
            cancellationToken);
    }
}
