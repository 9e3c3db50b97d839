using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Ledger.Witnesses;
using Beffroi.Transparency;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;
using LedgerWitness = Beffroi.Contracts.LedgerWitness;
using Registered = Beffroi.Platform.Ledger.Witnesses.LedgerWitness;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Who cosigns the checkpoints of a ledger: an organization's own choice for its own, the operator's for the operator's.</summary>
internal static class LedgerWitnessEndpoints
{
    private const string Path = "/v1/organizations/{organization}/ledger/witnesses", OfOperator = "/operator/v1/ledger/witnesses";
    private const string Example =
        """
        {
          "name": "region", "url": "https://witness.example", "publicKey": "witness.example/w1+8d66cf3f+BHKbi4mKz0rUF0rTnkdQGMpQ9iIqEZBiE5cqiH5kK3gh",
          "cosignedSize": 1204, "cosignedAt": "2026-11-24T08:00:00+00:00"
        }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        DescribeGet(routes.MapGet(Path, (string organization, HttpContext http, LedgerScopes scopes) => List(http, scopes.Of(http, organization))), "listLedgerWitnesses");
        DescribeGet(routes.MapGet(OfOperator, (HttpContext http, LedgerScopes scopes) => List(http, scopes.OfOperator(http))), "operatorListLedgerWitnesses");
        DescribePut(routes.MapPut(Path + "/{name}", (string organization, string name, HttpContext http, LedgerScopes scopes, Changes changes) => PutAsync(name, http, scopes.Of(http, organization), changes)), "putLedgerWitness");
        DescribePut(routes.MapPut(OfOperator + "/{name}", (string name, HttpContext http, LedgerScopes scopes, Changes changes) => PutAsync(name, http, scopes.OfOperator(http), changes)), "operatorPutLedgerWitness");
        DescribeDelete(routes.MapDelete(Path + "/{name}", (string organization, string name, HttpContext http, LedgerScopes scopes, Changes changes) => DeleteAsync(name, http, scopes.Of(http, organization), changes)), "deleteLedgerWitness");
        DescribeDelete(routes.MapDelete(OfOperator + "/{name}", (string name, HttpContext http, LedgerScopes scopes, Changes changes) => DeleteAsync(name, http, scopes.OfOperator(http), changes)), "operatorDeleteLedgerWitness");
    }

    private static void DescribeGet(RouteHandlerBuilder route, string id) => route
        .Describe(id, "Ledger", "List the ledger's witnesses", "By name, with what each cosigned last and why it hasn't since.", 400, 403, 404)
        .Produces<Page<LedgerWitness>>();

    private static void DescribePut(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, "Ledger", "Have a witness cosign the ledger",
            "From now on it is asked to cosign each checkpoint (C2SP tlog-witness). It must know the ledger's key. A witness cosigns only what continues all that it "
            + "cosigned before: whoever demands its signature can't be shown another past than everyone else.",
            400, 403, 404, 409, 413, 415, 422, 503)
        .Record(Permission.LedgerManage)
        .Accepts<PutLedgerWitness>("application/json")
        .Produces<LedgerWitness>()
        .WithExample(200, Example);

    private static void DescribeDelete(RouteHandlerBuilder route, string id) => route
        .Describe(id, "Ledger", "Ask a witness no more", "What it cosigned stays valid. Repeating the request changes nothing.", 400, 403, 404, 503)
        .Record(Permission.LedgerManage)
        .Produces<Page<LedgerWitness>>();

    private static Task<IResult> List(HttpContext http, LedgerScope log) =>
        log.ReadAsync(async (connection, id) =>
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await PageAsync(connection, id, http.RequestAborted), WireJson.Default.PageLedgerWitness));

    private static Task<IResult> PutAsync(string name, HttpContext http, LedgerScope log, Changes changes) =>
        changes.RunAsync<Guid, PutLedgerWitness>(
            http,
            Permission.LedgerManage,
            WireJson.Default.PutLedgerWitness,
            log.EnterAsync,
            async (connection, id, asked, token) =>
            {
                if (Check(name, asked).ToList() is { Count: > 0 } errors)
                {
                    return Problem.Invalid(errors);
                }

                if (!await LedgerWitnesses.PutAsync(connection, new Registered(id, name, asked.Url, asked.PublicKey, asked.Authority), token))
                {
                    return Problem.Conflict("too-many-witnesses", "The ledger has too many witnesses", $"A ledger has at most {LedgerWitnesses.Max}. Remove one first.");
                }

                var put = (await LedgerWitnesses.ListAsync(connection, id, token)).First(w => w.Name == name);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(View(put), WireJson.Default.LedgerWitness)) { Note = Name(name) };
            });

    private static Task<IResult> DeleteAsync(string name, HttpContext http, LedgerScope log, Changes changes) =>
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

                var there = await LedgerWitnesses.RemoveAsync(connection, id, name, token);
                var rest = JsonSerializer.Serialize(await PageAsync(connection, id, token), WireJson.Default.PageLedgerWitness);
                return (Result<Accepted>?)new Accepted(200, rest) { Note = there ? null : Words("unchanged") };
            },
            http.RequestAborted);

    private static IEnumerable<FieldError> Check(string name, PutLedgerWitness asked)
    {
        if (ResourceName.Check("name", name) is { } wrong)
        {
            yield return wrong;
        }

        if (!Receivers.IsUrl(asked.Url, Uri.UriSchemeHttps, Uri.UriSchemeHttp))
        {
            yield return new FieldError("url", "This address is not valid.", "https://HOST/PATH or http://HOST/PATH without user, query and fragment, at most 500 characters");
        }

        if (NoteKey.Parse(asked.PublicKey) is not { Algorithm: NoteAlgorithm.Cosignature })
        {
            yield return new FieldError("publicKey", "This is not the verifier key of a witness.", "NAME+ID+BASE64 with signature type 4 (C2SP tlog-cosignature)");
        }

        if (Receivers.CheckAuthority(asked.Authority) is { } unreadable)
        {
            yield return unreadable;
        }
    }

    private static async Task<Page<LedgerWitness>> PageAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        new([.. (await LedgerWitnesses.ListAsync(connection, id, cancellationToken)).Select(View)], null);

    private static LedgerWitness View(Registered witness) =>
        new(witness.Name, witness.Url, witness.PublicKey, witness.CosignedSize, Receivers.Utc(witness.CosignedAt), witness.Error);
}
