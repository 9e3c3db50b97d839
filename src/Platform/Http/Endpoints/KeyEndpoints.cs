using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Protection;
using Beffroi.Platform.Store;
using Beffroi.Reconciling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>An organization's key: its state, sealing, unsealing, rotation. The organization's own people's alone.</summary>
internal sealed class KeyEndpoints(Changes changes, Scopes scopes, Reads reads, Approvals approvals, KeyProviders providers, ISignals signals)
{
    private const string Path = "/v1/organizations/{organization}/key";

    private const string Example = """
        {
          "organization": "demo", "state": "open", "provider": "hsm", "checkedAt": "2026-11-24T08:00:00+00:00", "providers": ["hsm", "software"],
          "generations": [{ "generation": 1, "provider": "hsm", "state": "active", "fingerprint": "5f1c0a97be3d2c41", "createdAt": "2026-11-23T08:00:00+00:00" }]
        }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (string organization, HttpContext http, KeyEndpoints keys) => keys.GetAsync(organization, http))
            .Describe("getOrganizationKey", "Keys", "Read the state of the organization's key", "Whether it is open or sealed, where it is, and its generations.", 400, 403, 404)
            .Produces<OrganizationKey>()
            .WithExample(200, Example);
        routes.MapGet(Path + "/resources", (string organization, HttpContext http, KeyEndpoints keys) => keys.ListAsync(organization, http))
            .Describe("listResourceKeys", "Keys", "List the keys of resources", "Which resources have a key of their own, and under which generation of the organization's it is wrapped.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<ResourceKey>>();
        routes.MapGet(Path + "/operations/{keyOperation}", (string organization, string keyOperation, HttpContext http, KeyEndpoints keys) => keys.OperationAsync(organization, keyOperation, http))
            .Describe("getKeyOperation", "Keys", "Read an operation on the key", "Shows how far a sealing, unsealing or rotation has come, step by step.", 400, 403, 404)
            .Produces<Operation>();
        Change(routes, "seal", "sealOrganization", Permission.KeySeal, "Seal the organization",
            "Stops its services in order, closes their volumes and hands out no key any more: nothing of it can be started, created, restored or read until it is unsealed. "
            + "Sealing what is sealed returns the operation that did it.",
            (keys, organization, http) => keys.SealAsync(organization, http));
        Change(routes, "unseal", "unsealOrganization", Permission.KeyUnseal, "Unseal the organization",
            "Asks the key's provider, lifts the seal and brings back what the sealing stopped.", (keys, organization, http) => keys.UnsealAsync(organization, http));
        Change(routes, "rotate", "rotateOrganizationKey", Permission.KeyRotate, "Rotate the organization's key",
            "Makes a new generation, in the same provider or another, wraps everything anew and destroys the old generation. Services run on.",
            (keys, organization, http) => keys.RotateAsync(organization, http))
            .Accepts<RotateKey>("application/json")
            .WithExample(0, """{ "provider": "hsm" }""");
    }

    private static RouteHandlerBuilder Change(
        IEndpointRouteBuilder routes, string verb, string id, string permission, string summary, string description,
        Func<KeyEndpoints, string, HttpContext, Task<IResult>> handle) =>
        routes.MapPost(Path + "/" + verb, (string organization, HttpContext http, KeyEndpoints keys) => handle(keys, organization, http))
            .Describe(id, "Keys", summary, description, 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(permission)
            .Produces<Operation>(202)
            .WithResponseHeader("Operation-Location", "The operation.", 202);

    private Task<IResult> GetAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.KeyRead, async (connection, id) =>
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await ViewAsync(connection, id, organization, http.RequestAborted), WireJson.Default.OrganizationKey));

    private Task<IResult> ListAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.KeyRead, async (connection, id) =>
        {
            var page = Query.Page(http);
            if (!page.Ok)
            {
                return page.Problem;
            }

            var generations = await OrganizationKeyTable.ListAsync(connection, id, http.RequestAborted);
            var found = await connection.Statement("""
                select r.kind, s.name || '/' || r.name, r.id, k.generation, k.wrapped, k.created_at, k.id,
                    k.generation = (select max(n.generation) from platform.resource_keys n where n.resource_id = k.resource_id and n.purpose = k.purpose)
                from platform.resource_keys k join platform.resources r on r.id = k.resource_id join platform.spaces s on s.id = r.space_id
                where k.organization_id = $1 and k.id > $2 and not r.spare order by k.id limit $3
                """, id, page.Value.Position ?? Guid.Empty, page.Value.Limit + 1).ListAsync(
                r => (Id: r.GetGuid(6), Key: new ResourceKey(
                    r.GetString(0), r.GetString(1), r.GetGuid(2), r.GetInt32(3), r.GetBoolean(7) ? "active" : "kept",
                    generations.FirstOrDefault(g => SealedBlob.IsUnder(g.Key, r.GetFieldValue<byte[]>(4)))?.Key.Generation, r.GetFieldValue<DateTimeOffset>(5))),
                http.RequestAborted);
            var (items, next) = Answer.Page(found, page.Value.Limit, k => k.Id.ToString("D"));
            return (Result<IResult>)Answer.Json(new Page<ResourceKey>([.. items.Select(k => k.Key)], next), WireJson.Default.PageResourceKey);
        });

    private Task<IResult> OperationAsync(string organization, string id, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.KeyRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : Guid.TryParseExact(id, "D", out var key) && await KeyOperations.FindAsync(connection, owner, key, http.RequestAborted) is { } operation
                ? (Result<IResult>)Answer.Json(operation.Shown, WireJson.Default.Operation)
                : Problems.NotFound);

    private Task<IResult> SealAsync(string organization, HttpContext http) => ChangeAsync(organization, http, [], Permission.KeySeal, async (connection, id, seal, token) =>
    {
        // One who seals while it is being unsealed wants it sealed.
        var unsealing = await KeyOperations.FindRunningAsync(connection, id, token) is { Shown.Verb: "unseal" };
        if (seal.IsSealed && !unsealing)
        {
            return await AnswerAsync(connection, organization, id, Words("unchanged"), token);
        }

        if (await approvals.CheckAsync(http, connection, id, Permission.KeySeal, "seal " + organization, token) is { } refused)
        {
            return refused;
        }

        await SealedOrganizations.SealAsync(connection, id, $"Sealed by {ApiRequest.Of(http).Principal!.Name}.", ApiRequest.Of(http).Actor, signals, token);
        return await AnswerAsync(connection, organization, id, null, token);
    });

    private Task<IResult> UnsealAsync(string organization, HttpContext http) => ChangeAsync(organization, http, [], Permission.KeyUnseal, async (connection, id, seal, token) =>
    {
        var newest = await KeyOperations.FindNewestAsync(connection, id, token);
        if (newest?.Shown is { Verb: "unseal", State: "running" })
        {
            return await AnswerAsync(connection, organization, id, Words("unchanged"), token);
        }

        if (!seal.IsSealed)
        {
            return Problem.Conflict("not-sealed", "The organization is not sealed", "There is nothing to unseal.");
        }

        if (await approvals.CheckAsync(http, connection, id, Permission.KeyUnseal, "unseal " + organization, token) is { } refused)
        {
            return refused;
        }

        await KeyOperations.BeginAsync(connection, id, "unseal", null, ApiRequest.Of(http).Actor, token);
        await signals.SignalAsync(connection, new WorkKey(KeyReconciling.Kind, id), cancellationToken: token);
        return await AnswerAsync(connection, organization, id, null, token);
    });

    private async Task<IResult> RotateAsync(string organization, HttpContext http)
    {
        ApiRequest.Of(http).Action = Permission.KeyRotate;
        var body = await JsonBody.ReadAsync(http, http.RequestAborted);
        return await ChangeAsync(organization, http, body.Value ?? [], Permission.KeyRotate, async (connection, id, seal, token) =>
        {
            if (!body.Ok)
            {
                return body.Problem;
            }

            var errors = new List<FieldError>();
            var wanted = JsonBody.Parse(body.Value, WireJson.Default.RotateKey, errors);
            if (!wanted.Ok)
            {
                return wanted.Problem;
            }

            var possible = providers.For(organization);
            if (wanted.Value.Provider is { } provider && !possible.Contains(provider))
            {
                errors.Add(new FieldError("provider", "There is no such key provider for this organization.", string.Join(", ", possible)));
            }

            if (errors.Count > 0)
            {
                return Problem.Invalid(errors);
            }

            if (seal.IsSealed)
            {
                return seal.Refusal;
            }

            if ((await OrganizationKeyTable.ListAsync(connection, id, token)).Count == 0)
            {
                return Problem.Conflict("no-key", "The organization has no key yet", "It gets one with its first space.");
            }

            if (await KeyOperations.FindRunningAsync(connection, id, token) is { Shown.Verb: var verb })
            {
                return Problem.Conflict("key-busy", "Another change of the key is under way", $"Its operation ({verb}) runs. Wait until it is over.");
            }

            if (await approvals.CheckAsync(http, connection, id, Permission.KeyRotate, $"rotate the key of {organization} into {wanted.Value.Provider ?? "its present provider"}", token) is { } refused)
            {
                return refused;
            }

            await KeyOperations.BeginAsync(connection, id, "rotate", wanted.Value.Provider, ApiRequest.Of(http).Actor, token);
            await signals.SignalAsync(connection, new WorkKey(KeyReconciling.Kind, id), cancellationToken: token);
            return await AnswerAsync(connection, organization, id, wanted.Value.Provider is { } into ? Name(into) : null, token);
        });
    }

    private Task<IResult> ChangeAsync(
        string organization, HttpContext http, byte[] body, string permission,
        Func<NpgsqlConnection, Guid, SealState, CancellationToken, Task<Result<Accepted>?>> change) =>
        changes.RunAsync(
            http,
            body,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, permission, token),
            async (connection, id, token) =>
            {
                // One change of a key at a time.
                await OrganizationKeyTable.LockAsync(connection, id, token);
                return Query.Check(http) is { } bad ? bad : await change(connection, id, await SealTable.FindAsync(connection, id, token), token);
            },
            http.RequestAborted);

    private static async Task<Result<Accepted>?> AnswerAsync(NpgsqlConnection connection, string organization, Guid id, LedgerReason? note, CancellationToken cancellationToken)
    {
        var operation = (await KeyOperations.FindNewestAsync(connection, id, cancellationToken))!.Shown;
        return new Accepted(202, JsonSerializer.Serialize(operation, WireJson.Default.Operation))
        {
            Headers = new Dictionary<string, string> { ["Operation-Location"] = $"/v1/organizations/{organization}/key/operations/{operation.Id:D}" },
            OperationId = operation.Id,
            Note = note,
        };
    }

    private async Task<OrganizationKey> ViewAsync(NpgsqlConnection connection, Guid id, string organization, CancellationToken cancellationToken)
    {
        var generations = await OrganizationKeyTable.ListAsync(connection, id, cancellationToken);
        var seal = await SealTable.FindAsync(connection, id, cancellationToken);
        var newest = (await KeyOperations.FindNewestAsync(connection, id, cancellationToken))?.Shown;
        var check = await connection.Statement("select problem, checked_at from platform.organization_keys where organization_id = $1 and state = 'active'", id)
            .FirstAsync(r => Tuple.Create(r.IsDBNull(0) ? null : r.GetString(0), r.Nullable<DateTimeOffset>(1)), cancellationToken);
        var running = newest is { State: "running" } ? newest.Verb : null;
        var state = generations.Count == 0 ? "absent"
            : seal.IsSealed ? running switch { "seal" => "sealing", "unseal" => "unsealing", _ => "sealed" }
            : running == "unseal" ? "unsealing" : "open";
        var escrow = await EscrowTable.ViewAsync(connection, id, organization, cancellationToken);
        return new OrganizationKey(
            organization, state, seal.IsSealed ? seal.Reason : null, generations.FirstOrDefault(g => g.IsActive)?.Provider, check?.Item1, check?.Item2, providers.For(organization),
            [.. generations.Select(g => new Contracts.KeyGeneration(
                g.Key.Generation, g.Provider, g.State, Convert.ToHexStringLower(g.Key.Fingerprint), g.CreatedAt, g.DestroyedAt))],
            newest, escrow.PublicKey is null ? null : escrow);
    }
}
