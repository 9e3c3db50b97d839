using System.Security.Cryptography;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Ledger.Forwarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;
using LedgerForward = Beffroi.Contracts.LedgerForward;
using Registered = Beffroi.Platform.Ledger.Forwarding.LedgerForward;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Where the entries of a ledger, an organization's or the operator's own, are sent as they come: a SIEM.</summary>
internal static class LedgerForwardEndpoints
{
    private const string Path = "/v1/organizations/{organization}/ledger/forwards", OfOperator = "/operator/v1/ledger/forwards";
    private const string Example =
        """
        { "name": "siem", "url": "syslog+tls://siem.example:6514", "nextIndex": 1204, "waiting": 0, "deliveredAt": "2026-11-24T08:00:00+00:00" }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        DescribeGet(routes.MapGet(Path, (string organization, HttpContext http, LedgerScopes scopes) => List(http, scopes.Of(http, organization))), "listLedgerForwards");
        DescribeGet(routes.MapGet(OfOperator, (HttpContext http, LedgerScopes scopes) => List(http, scopes.OfOperator(http))), "operatorListLedgerForwards");
        DescribePut(routes.MapPut(Path + "/{name}", (string organization, string name, HttpContext http, LedgerScopes scopes, Changes changes, IResourceKeys keys) => PutAsync(name, http, scopes.Of(http, organization), changes, keys)), "putLedgerForward");
        DescribePut(routes.MapPut(OfOperator + "/{name}", (string name, HttpContext http, LedgerScopes scopes, Changes changes, IResourceKeys keys) => PutAsync(name, http, scopes.OfOperator(http), changes, keys)), "operatorPutLedgerForward");
        DescribeDelete(routes.MapDelete(Path + "/{name}", (string organization, string name, HttpContext http, LedgerScopes scopes, Changes changes, IResourceKeys keys) => DeleteAsync(name, http, scopes.Of(http, organization), changes, keys)), "deleteLedgerForward");
        DescribeDelete(routes.MapDelete(OfOperator + "/{name}", (string name, HttpContext http, LedgerScopes scopes, Changes changes, IResourceKeys keys) => DeleteAsync(name, http, scopes.OfOperator(http), changes, keys)), "operatorDeleteLedgerForward");
    }

    private static void DescribeGet(RouteHandlerBuilder route, string id) => route
        .Describe(id, "Ledger", "List where the ledger is forwarded", "By name, with how many entries wait and why.", 400, 403, 404)
        .Produces<Page<LedgerForward>>();

    private static void DescribePut(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, "Ledger", "Forward the ledger",
            "Sends each entry, as it is integrated, by syslog over TLS (RFC 5424, RFC 5425) or as JSON lines to a webhook; each at least once and in order, also after the "
            + "receiver was away. A webhook's body is signed (`Beffroi-Signature`); its secret is in the answer that makes it, and never again.",
            400, 403, 404, 409, 413, 415, 422, 503)
        .Record(Permission.LedgerManage)
        .Accepts<PutLedgerForward>("application/json")
        .Produces<LedgerForward>()
        .WithExample(200, Example);

    private static void DescribeDelete(RouteHandlerBuilder route, string id) => route
        .Describe(id, "Ledger", "Forward there no more", "Repeating the request changes nothing.", 400, 403, 404, 503)
        .Record(Permission.LedgerManage)
        .Produces<Page<LedgerForward>>();

    private static Task<IResult> List(HttpContext http, LedgerScope log) =>
        log.ReadAsync(async (connection, id) =>
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await PageAsync(connection, id, http.RequestAborted), WireJson.Default.PageLedgerForward));

    private static Task<IResult> PutAsync(string name, HttpContext http, LedgerScope log, Changes changes, IResourceKeys keys) =>
        changes.RunAsync<Guid, PutLedgerForward>(
            http,
            Permission.LedgerManage,
            WireJson.Default.PutLedgerForward,
            log.EnterAsync,
            async (connection, id, asked, token) =>
                Check(name, asked).ToList() is { Count: > 0 } errors ? Problem.Invalid(errors) : await WriteAsync(connection, keys, id, name, asked, token),
            keepAnswer: false);

    private static async Task<Result<Accepted>?> WriteAsync(
        NpgsqlConnection connection, IResourceKeys keys, Guid organization, string name, PutLedgerForward asked, CancellationToken cancellationToken)
    {
        var before = await LedgerForwards.FindAsync(connection, organization, name, cancellationToken);
        var size = await LedgerReader.SizeAsync(connection, organization, cancellationToken);
        var forward = new Registered(before?.Id ?? Guid.CreateVersion7(), organization, name, asked.Url, asked.Authority, asked.FromStart ? 0 : before?.NextIndex ?? size);
        if (!await LedgerForwards.PutAsync(connection, forward, cancellationToken))
        {
            return Problem.Conflict("too-many-forwards", "The ledger is forwarded to too many places", $"A ledger has at most {LedgerForwards.Max}. Remove one first.");
        }

        // Another address is another receiver: it must not know the secret of the one before.
        string? shown = null;
        if (forward.IsWebhook && (before is not { IsWebhook: true } || before.Url != forward.Url))
        {
            try
            {
                using var secret = Secret.FromText(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
                await keys.EnsureAsync(connection, organization, forward.Id, cancellationToken);
                await keys.PutSecretAsync(connection, organization, forward.Id, Registered.Secret, secret, cancellationToken);
                shown = secret.RevealText();
            }
            catch (KeyUnavailableException)
            {
                return Problem.Conflict("key-unavailable", "A key is not available", "The organization's key is sealed or missing, so the webhook's secret can't be kept. Ask whoever holds the key.");
            }
        }

        return new Accepted(200, JsonSerializer.Serialize(View(forward, size) with { Secret = shown }, WireJson.Default.LedgerForward)) { ResourceId = forward.Id, Note = Name(name) };
    }

    private static Task<IResult> DeleteAsync(string name, HttpContext http, LedgerScope log, Changes changes, IResourceKeys keys) =>
        changes.RunAsync(
            http,
            [],
            log.EnterAsync,
            async (connection, id, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var forward = await LedgerForwards.FindAsync(connection, id, name, token);
                if (forward is not null)
                {
                    await LedgerForwards.RemoveAsync(connection, forward.Id, token);
                    await keys.DestroyAsync(connection, forward.Id, token);
                }

                var rest = JsonSerializer.Serialize(await PageAsync(connection, id, token), WireJson.Default.PageLedgerForward);
                return (Result<Accepted>?)new Accepted(200, rest) { ResourceId = forward?.Id, Note = forward is null ? Words("unchanged") : null };
            },
            http.RequestAborted);

    private static IEnumerable<FieldError> Check(string name, PutLedgerForward asked)
    {
        if (ResourceName.Check("name", name) is { } wrong)
        {
            yield return wrong;
        }

        if (!Receivers.IsUrl(asked.Url, Uri.UriSchemeHttps, Registered.Syslog))
        {
            yield return new FieldError("url", "This address is not valid.", "https://HOST/PATH or syslog+tls://HOST:PORT without user, query and fragment, at most 500 characters");
        }

        if (Receivers.CheckAuthority(asked.Authority) is { } unreadable)
        {
            yield return unreadable;
        }
    }

    private static async Task<Page<LedgerForward>> PageAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        var size = await LedgerReader.SizeAsync(connection, id, cancellationToken);
        return new([.. (await LedgerForwards.ListAsync(connection, id, cancellationToken)).Select(f => View(f, size))], null);
    }

    private static LedgerForward View(Registered forward, long size) =>
        new(forward.Name, forward.Url, forward.NextIndex, Math.Max(0, size - forward.NextIndex), Receivers.Utc(forward.DeliveredAt), forward.Error);
}
