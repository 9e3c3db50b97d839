using System.Security.Cryptography;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Protection;
using Beffroi.Reconciling;
using Beffroi.Transparency.Escrow;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>An organization's escrow: the public half of its escrow key, what is sealed to it, and recovery with what its people opened.</summary>
internal sealed class EscrowEndpoints(
    Changes changes, Scopes scopes, Reads reads, Approvals approvals, KeyProviders providers, EscrowRecovery recovery, ISignals signals, TimeProvider time)
{
    private const string Path = "/v1/organizations/{organization}/key/escrow";
    private const string Tag = "Keys";

    // Some 25,000 keys.
    private const int LargestRecovery = 8 << 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (string organization, HttpContext http, EscrowEndpoints escrow) => escrow.GetAsync(organization, http))
            .Describe("getEscrow", Tag, "Read the organization's escrow", "Which key of its own everything is sealed to beside the organization's key, and how far that has come.", 400, 403, 404)
            .Produces<KeyEscrow>();
        routes.MapPut(Path, (string organization, HttpContext http, EscrowEndpoints escrow) => escrow.PutAsync(organization, http))
            .Describe(
                "putEscrow", Tag, "Register the organization's escrow key",
                "From now on every key that is wrapped under the organization's key is sealed to this one too, and those that are there follow. It takes the place of one that was there. "
                + "Its private half never leaves the organization. Whoever has enough of its shares can open everything: under the two-person rule somebody else has to approve it.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("key.escrow.put")
            .Accepts<PutEscrow>("application/json")
            .Produces<KeyEscrow>();
        routes.MapDelete(Path, (string organization, HttpContext http, EscrowEndpoints escrow) => escrow.DeleteAsync(organization, http))
            .Describe("deleteEscrow", Tag, "Remove the organization's escrow key", "Drops everything that is sealed to it. What was exported before stays with whoever has it.", 400, 403, 404, 409, 503)
            .Record("key.escrow.remove")
            .Produces<KeyEscrow>();
        routes.MapGet(Path + "/export", (string organization, HttpContext http, EscrowEndpoints escrow) => escrow.ExportAsync(organization, http))
            .Describe("exportEscrow", Tag, "Export what is sealed to the escrow key", "Every key, sealed: to be kept beside the shares. It opens with enough of them, without this server.", 400, 403, 404, 409)
            .Produces<EscrowExport>();
        routes.MapPost(Path + "/recover", (string organization, HttpContext http, EscrowEndpoints escrow) => escrow.RecoverAsync(organization, http))
            .Describe(
                "recoverOrganization", Tag, "Recover the organization from escrow",
                "For a sealed organization whose key, or its provider, is gone for good: takes all its keys, opened with the shares on one's own machine, makes a new generation of the organization's key, "
                + "wraps everything under it and unseals. Wholly or not at all.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("key.escrow.recover")
            .Accepts<RecoverOrganization>("application/json")
            .Produces<Operation>(202)
            .WithResponseHeader("Operation-Location", "The operation.", 202);
    }

    private Task<IResult> GetAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.KeyRead, async (connection, id) =>
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await EscrowTable.ViewAsync(connection, id, organization, http.RequestAborted), WireJson.Default.KeyEscrow));

    private Task<IResult> ExportAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.KeyEscrow, async (connection, id) =>
            Query.Check(http) is { } bad ? bad
            : await EscrowTable.ExportAsync(connection, id, organization, time.GetUtcNow(), http.RequestAborted) is { } export
                ? (Result<IResult>)Answer.Json(export, WireJson.Default.EscrowExport)
                : None);

    private Task<IResult> PutAsync(string organization, HttpContext http) => changes.RunAsync<Guid, PutEscrow>(
        http,
        "key.escrow.put",
        WireJson.Default.PutEscrow,
        (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.KeyEscrow, token),
        async (connection, id, content, token) =>
        {
            if (EscrowPublicKey.Parse(content.PublicKey) is not { } key)
            {
                return Problem.Invalid(new FieldError("publicKey", "This is no public key on P-521.", "PEM of a SubjectPublicKeyInfo, as `beffroi key escrow create` writes it"));
            }

            if (await EnterAsync(http, connection, id, token) is { } refused)
            {
                return refused;
            }

            var before = (await EscrowTable.FindAsync(connection, id, token))?.Key.Fingerprint;
            if (before == key.Fingerprint)
            {
                return await AnswerAsync(connection, id, organization, $"unchanged", token);
            }

            if (await approvals.CheckAsync(http, connection, id, Permission.KeyEscrow, $"register the escrow key {key.Fingerprint}{(before is null ? "" : " in place of " + before)}", token) is { } waits)
            {
                return waits;
            }

            await EscrowTable.PutAsync(connection, id, key, ApiRequest.Of(http).Principal!.Name, token);
            await WakeAsync(connection, id, token);
            return await AnswerAsync(connection, id, organization, $"escrow key {Name(key.Fingerprint)}", token);
        });

    private Task<IResult> DeleteAsync(string organization, HttpContext http)
    {
        ApiRequest.Of(http).Action = "key.escrow.remove";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.KeyEscrow, token),
            async (connection, id, token) =>
            {
                if ((Query.Check(http) ?? await EnterAsync(http, connection, id, token)) is { } refused)
                {
                    return refused;
                }

                if (await EscrowTable.FindAsync(connection, id, token) is not { Key.Fingerprint: var fingerprint })
                {
                    return None;
                }

                if (await approvals.CheckAsync(http, connection, id, Permission.KeyEscrow, "remove the escrow key " + fingerprint, token) is { } waits)
                {
                    return waits;
                }

                await EscrowTable.RemoveAsync(connection, id, token);
                await WakeAsync(connection, id, token);
                return await AnswerAsync(connection, id, organization, $"escrow key {Name(fingerprint)}", token);
            },
            http.RequestAborted);
    }

    private async Task<IResult> RecoverAsync(string organization, HttpContext http)
    {
        ApiRequest.Of(http).Action = "key.escrow.recover";
        var body = await JsonBody.ReadAsync(http, http.RequestAborted, LargestRecovery);
        var wanted = body.Ok ? Read(body.Value) : body.Problem;
        try
        {
            return await changes.RunAsync(
                http,
                [],
                (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.KeyEscrow, token),
                (connection, id, token) => RecoverAsync(http, connection, organization, id, wanted, token),
                http.RequestAborted,
                keepAnswer: false);
        }
        finally
        {
            foreach (var key in wanted.Ok ? wanted.Value.Keys : [])
            {
                CryptographicOperations.ZeroMemory(key.Key);
            }

            CryptographicOperations.ZeroMemory(body.Value);
        }
    }

    private async Task<Result<Accepted>?> RecoverAsync(
        HttpContext http, NpgsqlConnection connection, string organization, Guid id, Result<RecoverOrganization> wanted, CancellationToken cancellationToken)
    {
        if ((Query.Check(http) ?? wanted.Problem) is { } bad)
        {
            return bad;
        }

        await OrganizationKeyTable.LockAsync(connection, id, cancellationToken);
        var provider = wanted.Value!.Provider;
        if (providers.For(organization) is var possible && !possible.Contains(provider))
        {
            return Problem.Invalid(new FieldError("provider", "There is no such key provider for this organization.", string.Join(", ", possible)));
        }

        if (NotAPerson(http) is { } machine)
        {
            return machine;
        }

        if (await SealTable.FindAsync(connection, id, cancellationToken) is { IsSealed: false })
        {
            return Problem.Conflict(
                "not-sealed", "The organization is not sealed",
                "Recovery is for a key that is gone for good. A provider that goes on refusing seals the organization by itself; where it works, rotate the key instead: beffroi key rotate.");
        }

        if (await EscrowTable.FindAsync(connection, id, cancellationToken) is not { } escrow)
        {
            return None;
        }

        if (await approvals.CheckAsync(http, connection, id, Permission.KeyEscrow, $"recover {organization} from the escrow key {escrow.Key.Fingerprint} into {provider}", cancellationToken) is { } waits)
        {
            return waits;
        }

        var rows = await EscrowTable.ListAsync(connection, id, cancellationToken);
        if (EscrowRecovery.Check(id, escrow, rows, wanted.Value.Keys) is { } wrong)
        {
            return wrong;
        }

        Keys.KeyGeneration generation;
        try
        {
            generation = await recovery.RecoverAsync(connection, id, provider, rows, wanted.Value.Keys, cancellationToken);
        }
        catch (KeyUnavailableException e)
        {
            return Problem.Conflict("provider-unavailable", "The key provider can't be used", e.Message);
        }

        await KeyOperations.BeginAsync(connection, id, "unseal", null, ApiRequest.Of(http).Actor, cancellationToken);
        await WakeAsync(connection, id, cancellationToken);
        var operation = (await KeyOperations.FindNewestAsync(connection, id, cancellationToken))!.Shown;
        return new Accepted(202, JsonSerializer.Serialize(operation, WireJson.Default.Operation))
        {
            Headers = new Dictionary<string, string> { ["Operation-Location"] = $"/v1/organizations/{organization}/key/operations/{operation.Id:D}" },
            OperationId = operation.Id,
            Generation = generation.Key.Generation,
            Note = $"{rows.Count} keys, with the escrow key {Name(escrow.Key.Fingerprint)}, into generation {generation.Key.Generation} in {Name(provider)}",
        };
    }

    private static Problem None { get; } = Problem.Conflict("no-escrow", "The organization has no escrow key", "Make one on your own machine and register it: beffroi key escrow create, beffroi key escrow register.");

    // Not through a tree of nodes: keys would become texts, which nobody can clear.
    private static Result<RecoverOrganization> Read(byte[] body)
    {
        try
        {
            // Members that are left out, and nulls in lists, are not refused by the reader.
            return JsonSerializer.Deserialize(body, WireJson.Default.RecoverOrganization) is not { } read ? Problems.Malformed("The body must be a JSON object.")
                : read.Keys is { } keys && keys.All(k => k is { Purpose: not null, Key: not null }) ? read
                : Problem.Invalid(new FieldError("keys", "Each key needs ownerId, purpose, generation and key.", "every key of the export, as it was opened"));
        }
        catch (JsonException e)
        {
            return Problems.Malformed($"It can't be read at line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}: it must have a provider and keys, as the documentation shows them.");
        }
    }

    private static Problem? NotAPerson(HttpContext http) => ApiRequest.Of(http).Principal is CustomerPrincipal { IsServiceAccount: true }
        ? Problem.Conflict("person-needed", "A person has to do this", "Whoever has an escrow key's shares can open everything: a service account doesn't answer for that.")
        : null;

    /// <summary>One change of the key at a time, by a person, and none while it is sealed: nothing could be sealed anew, and what is there may be needed.</summary>
    private static async Task<Problem?> EnterAsync(HttpContext http, NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await OrganizationKeyTable.LockAsync(connection, id, cancellationToken);
        return NotAPerson(http) ?? (await SealTable.FindAsync(connection, id, cancellationToken) is { IsSealed: true } seal ? seal.Refusal : null);
    }

    private Task WakeAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        signals.SignalAsync(connection, new WorkKey(KeyReconciling.Kind, id), cancellationToken: cancellationToken);

    private static async Task<Result<Accepted>?> AnswerAsync(NpgsqlConnection connection, Guid id, string organization, LedgerReason note, CancellationToken cancellationToken) =>
        new Accepted(200, JsonSerializer.Serialize(await EscrowTable.ViewAsync(connection, id, organization, cancellationToken), WireJson.Default.KeyEscrow)) { Note = note };
}
