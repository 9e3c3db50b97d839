using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;
using AlertReceiver = Beffroi.Contracts.AlertReceiver;
using Registered = Beffroi.Platform.Alerts.AlertReceiver;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Who is told of an organization's alerts.</summary>
internal sealed class AlertReceiverEndpoints(Changes changes, Scopes scopes, Reads reads, IResourceKeys keys, PlatformOptions options)
{
    private const string Path = "/v1/organizations/{organization}/alert-receivers";
    private const string Tag = "Alerts";
    private const string Example =
        """
        { "name": "on-call", "url": "https://alerts.example/beffroi", "state": "active", "language": "en", "leastSeverity": "critical", "waiting": 0, "givenUp": 0, "deliveredAt": "2026-11-24T08:00:00+00:00" }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (string organization, HttpContext http, AlertReceiverEndpoints endpoints) => endpoints.ListAsync(organization, http))
            .Describe("listAlertReceivers", Tag, "List who is told of alerts", "By name, with how many messages wait and why.", 400, 403, 404)
            .Produces<Page<AlertReceiver>>();
        routes.MapGet(Path + "/{receiver}", (string organization, string receiver, HttpContext http, AlertReceiverEndpoints endpoints) => endpoints.GetAsync(organization, receiver, http))
            .Describe("getAlertReceiver", Tag, "Read a receiver of alerts", "With how many messages wait and why. Never with its secret.", 400, 403, 404)
            .Produces<AlertReceiver>()
            .WithExample(200, Example);
        routes.MapPut(Path + "/{receiver}", (string organization, string receiver, HttpContext http, AlertReceiverEndpoints endpoints) => endpoints.PutAsync(organization, receiver, http))
            .Describe(
                "putAlertReceiver", Tag, "Have somebody told of alerts",
                "By webhook or by e-mail, of those alerts that it names, when they begin and when they end; each at least once, also after the receiver was away for less than three days. "
                + "A webhook's body is signed (`Beffroi-Signature`); its secret is in the answer that makes it, and never again. Another address is another receiver: what waits for the old one is dropped.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.AlertManage)
            .Accepts<PutAlertReceiver>("application/json")
            .Produces<AlertReceiver>()
            .WithExample(0, """{ "url": "https://alerts.example/beffroi", "leastSeverity": "critical", "spaces": ["records"] }""")
            .WithExample(200, Example);
        routes.MapDelete(Path + "/{receiver}", (string organization, string receiver, HttpContext http, AlertReceiverEndpoints endpoints) => endpoints.DeleteAsync(organization, receiver, http))
            .Describe("deleteAlertReceiver", Tag, "Tell it no more", "What waits for it is dropped. Repeating the request changes nothing.", 400, 403, 404, 503)
            .Record(Permission.AlertManage)
            .Produces<Page<AlertReceiver>>();
        routes.MapPost(Path + "/{receiver}/test", (string organization, string receiver, HttpContext http, AlertReceiverEndpoints endpoints) => endpoints.TestAsync(organization, receiver, http))
            .Describe("testAlertReceiver", Tag, "Send a test alert", "To this receiver alone. Whether it arrived is seen when reading the receiver.", 400, 403, 404, 409, 503)
            .Record(Permission.AlertManage)
            .Produces<AlertReceiver>();
        routes.MapPost(Path + "/{receiver}/confirmation", (string organization, string receiver, HttpContext http, AlertReceiverEndpoints endpoints) => endpoints.ConfirmAsync(organization, receiver, http))
            .Describe("confirmAlertReceiver", Tag, "Confirm an e-mail address", "With the code that was sent to it. It is valid for a day; putting the receiver again sends another.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.AlertManage)
            .Accepts<ConfirmAlertReceiver>("application/json")
            .Produces<AlertReceiver>()
            .WithExample(0, """{ "code": "k7mq2wxa9d" }""");
        routes.MapPost(Path + "/{receiver}/secret", (string organization, string receiver, HttpContext http, AlertReceiverEndpoints endpoints) => endpoints.RotateAsync(organization, receiver, http))
            .Describe("rotateAlertReceiverSecret", Tag, "Replace a webhook's secret", "The old one ends at once; what a receiver refuses until it knows the new one is sent again. The new one is in the answer, and never again.", 400, 403, 404, 409, 503)
            .Record(Permission.AlertManage)
            .Produces<AlertReceiver>();
    }

    private Task<IResult> ListAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.AlertRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Page<AlertReceiver>(await AlertReceivers.ShowAsync(connection, owner, null, http.RequestAborted), null), WireJson.Default.PageAlertReceiver));

    private Task<IResult> GetAsync(string organization, string name, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.AlertRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : await AlertReceivers.ShowAsync(connection, owner, name, http.RequestAborted) is [var shown] ? (Result<IResult>)Answer.Json(shown, WireJson.Default.AlertReceiver)
            : Problems.NotFound);

    private Task<IResult> PutAsync(string organization, string name, HttpContext http) =>
        changes.RunAsync<Guid, PutAlertReceiver>(
            http,
            Permission.AlertManage,
            WireJson.Default.PutAlertReceiver,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AlertManage, token),
            async (connection, owner, asked, token) =>
            {
                var spaces = asked.Spaces is null ? []
                    : await connection.Statement("select id, name from platform.spaces where organization_id = $1 and name = any($2)", owner, asked.Spaces.ToArray())
                        .ListAsync(r => (Id: r.GetGuid(0), Name: r.GetString(1)), token);
                return Check(name, asked, [.. spaces.Select(s => s.Name)]).ToList() is { Count: > 0 } errors ? Problem.Invalid(errors)
                    : await WriteAsync(
                        connection,
                        new Registered(
                            Guid.CreateVersion7(), owner, name, asked.Url, asked.Authority, asked.Email, asked.Language, asked.LeastSeverity,
                            asked.Spaces is null ? null : [.. spaces.Select(s => s.Id)], asked.Kinds),
                        token);
            },
            keepAnswer: false);

    private async Task<Result<Accepted>?> WriteAsync(NpgsqlConnection connection, Registered receiver, CancellationToken cancellationToken)
    {
        if (receiver.Email is not null && options.MailRelay is null)
        {
            return Problem.Conflict("no-mail-relay", "This installation sends no mail", "Its operator has configured no mail relay (MailRelay). Use a webhook, or ask the operator.");
        }

        await AlertReceivers.LockAsync(connection, receiver.OrganizationId, cancellationToken);
        var before = await AlertReceivers.FindAsync(connection, receiver.OrganizationId, receiver.Name, cancellationToken);
        if (before is not null && receiver.IsAt(before))
        {
            receiver = receiver with { Id = before.Id, IsConfirmed = before.IsConfirmed };
        }
        else if (before is not null)
        {
            // Another address is another receiver: it must not know the secret of the one before, nor get what was for it.
            await RemoveAsync(connection, before, cancellationToken);
            before = null;
        }

        if (!await AlertReceivers.PutAsync(connection, receiver, cancellationToken))
        {
            return Problem.Conflict("too-many-receivers", "Too many are told of alerts", $"An organization has at most {AlertReceivers.Max} receivers. Remove one first.");
        }

        return !receiver.IsConfirmed ? await WithCodeAsync(connection, receiver, cancellationToken)
            : before is null ? await WithSecretAsync(connection, receiver, cancellationToken)
            : await ShownAsync(connection, receiver, null, cancellationToken);
    }

    private Task<IResult> DeleteAsync(string organization, string name, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AlertManage, token),
            async (connection, owner, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var receiver = await AlertReceivers.FindAsync(connection, owner, name, token);
                if (receiver is not null)
                {
                    await RemoveAsync(connection, receiver, token);
                }

                var rest = new Page<AlertReceiver>(await AlertReceivers.ShowAsync(connection, owner, null, token), null);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(rest, WireJson.Default.PageAlertReceiver)) { ResourceId = receiver?.Id, Note = receiver is null ? Words("unchanged") : Name(name) };
            },
            http.RequestAborted);

    private Task<IResult> TestAsync(string organization, string name, HttpContext http) =>
        ChangeAsync(organization, name, http, async (connection, receiver, token) =>
        {
            if (!receiver.IsConfirmed)
            {
                return Unconfirmed;
            }

            await AlertReceivers.TestAsync(connection, receiver, organization, token);
            return await ShownAsync(connection, receiver, null, token);
        });

    private Task<IResult> RotateAsync(string organization, string name, HttpContext http) =>
        ChangeAsync(organization, name, http, async (connection, receiver, token) =>
            receiver.Url is null
                ? Problem.Conflict("no-webhook", "It has no secret", "Only webhooks have one.")
                : await WithSecretAsync(connection, receiver, token));

    private Task<IResult> ChangeAsync(
        string organization, string name, HttpContext http, Func<NpgsqlConnection, Registered, CancellationToken, Task<Result<Accepted>?>> change) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AlertManage, token),
            async (connection, owner, token) =>
                Query.Check(http) is { } bad ? bad
                : await AlertReceivers.FindAsync(connection, owner, name, token) is { } receiver ? await change(connection, receiver, token)
                : Problems.NotFound,
            http.RequestAborted,
            keepAnswer: false);

    private async Task<Result<Accepted>?> WithSecretAsync(NpgsqlConnection connection, Registered receiver, CancellationToken cancellationToken)
    {
        using var secret = Secret.FromText(Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)));
        try
        {
            await keys.EnsureAsync(connection, receiver.OrganizationId, receiver.Id, cancellationToken);
            await keys.PutSecretAsync(connection, receiver.OrganizationId, receiver.Id, Registered.Secret, secret, cancellationToken);
        }
        catch (KeyUnavailableException)
        {
            return NoKey;
        }

        return await ShownAsync(connection, receiver, secret.RevealText(), cancellationToken);
    }

    private async Task<Result<Accepted>?> WithCodeAsync(NpgsqlConnection connection, Registered receiver, CancellationToken cancellationToken)
    {
        try
        {
            return await AlertConfirmations.SendAsync(connection, keys, receiver, cancellationToken)
                ? await ShownAsync(connection, receiver, null, cancellationToken)
                : Problem.Conflict("too-many-codes", "Too many codes were sent", $"An organization can have {AlertConfirmations.MostADay} sent in a day. Try again tomorrow.");
        }
        catch (KeyUnavailableException)
        {
            return NoKey;
        }
    }

    private Task<IResult> ConfirmAsync(string organization, string name, HttpContext http) =>
        changes.RunAsync<Guid, ConfirmAlertReceiver>(
            http,
            Permission.AlertManage,
            WireJson.Default.ConfirmAlertReceiver,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AlertManage, token),
            async (connection, owner, asked, token) =>
            {
                if (await AlertReceivers.FindAsync(connection, owner, name, token) is not { } receiver)
                {
                    return Problems.NotFound;
                }

                try
                {
                    return receiver.IsConfirmed || await AlertConfirmations.ConfirmAsync(connection, keys, receiver, asked.Code, token)
                        ? await ShownAsync(connection, receiver, null, token)
                        : (Result<Accepted>?)Problem.Invalid(new FieldError("code", "This is not the code that was sent last, or it is older than a day.", "as it came by e-mail"));
                }
                catch (KeyUnavailableException)
                {
                    return NoKey;
                }
            },
            keepAnswer: false);

    private async Task RemoveAsync(NpgsqlConnection connection, Registered receiver, CancellationToken cancellationToken)
    {
        await AlertReceivers.RemoveAsync(connection, receiver.Id, cancellationToken);
        await keys.DestroyAsync(connection, receiver.Id, cancellationToken);
    }

    private static Problem NoKey { get; } = Problem.Conflict(
        "key-unavailable", "A key is not available", "The organization's key is sealed or missing, so no secret can be kept or read. Ask whoever holds the key.");

    private static Problem Unconfirmed { get; } = Problem.Conflict(
        "unconfirmed", "The address is not confirmed", "Nothing but its code is sent to it before: give that first (`beffroi alert receiver confirm`).");

    private static async Task<Result<Accepted>> ShownAsync(NpgsqlConnection connection, Registered receiver, string? secret, CancellationToken cancellationToken)
    {
        var shown = (await AlertReceivers.ShowAsync(connection, receiver.OrganizationId, receiver.Name, cancellationToken)).Single() with { Secret = secret };
        return new Accepted(200, JsonSerializer.Serialize(shown, WireJson.Default.AlertReceiver)) { ResourceId = receiver.Id, Note = Name(receiver.Name) };
    }

    private static IEnumerable<FieldError> Check(string name, PutAlertReceiver asked, IReadOnlyList<string> spaces)
    {
        if (ResourceName.Check("name", name) is { } wrong)
        {
            yield return wrong;
        }

        if (asked.Url is null == asked.Email is null)
        {
            yield return new FieldError("url", "A receiver is a webhook or an e-mail address.", "either url or email");
        }

        if (asked.Url is not null && !Receivers.IsUrl(asked.Url, Uri.UriSchemeHttps))
        {
            yield return new FieldError("url", "This address is not valid.", "https://HOST/PATH without user, query and fragment, at most 500 characters");
        }

        if (asked.Email is not null && !EmailAddress.IsValid(asked.Email))
        {
            yield return new FieldError("email", "This address is not valid.", EmailAddress.Rule);
        }

        if (Receivers.CheckAuthority(asked.Authority) is { } unreadable)
        {
            yield return unreadable;
        }

        if (asked.Language is not ("en" or "fr"))
        {
            yield return new FieldError("language", "There are no texts in this language.", "en, fr");
        }

        if (!AlertSeverity.All.Contains(asked.LeastSeverity))
        {
            yield return new FieldError("leastSeverity", "There is no such severity.", string.Join(", ", AlertSeverity.All));
        }

        if (asked.Spaces is { Count: 0 or > 200 } || asked.Spaces?.Except(spaces).Any() == true)
        {
            yield return new FieldError("spaces", "Not all of these are spaces of the organization.", "1 to 200 names of spaces, or nothing for all");
        }

        if (asked.Kinds is { Count: 0 } || asked.Kinds?.Except(AlertKinds.Names).Any() == true || asked.Kinds?.Count > AlertKinds.Names.Count)
        {
            yield return new FieldError("kinds", "Not all of these are kinds of alerts.", string.Join(", ", AlertKinds.Names));
        }
    }
}
