using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Sovereignty;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>The register of what depends on whom. Every customer's people may read it and ask what if; the operator's people write it.</summary>
internal sealed class SovereigntyEndpoints(Register register, Changes changes, Scopes scopes, Reads reads, TimeProvider time)
{
    private const string Path = "/sovereignty", Entries = "/v1/sovereignty/entries", Simulation = "/v1/sovereignty/simulation";
    private const string Tag = "Sovereignty";
    private const string Manage = "operator.sovereignty.manage";
    private const int MostAsked = 50;
    private const string Example =
        """
        { "kind": "hardware", "name": "Servers of rack 4", "supplier": "server-maker", "stops": "at-failure", "carries": [{ "id": "software:host-system" }],
          "reason": { "en": "They run until a part breaks that nobody else sells.", "fr": "Ils tournent jusqu'à la panne d'une pièce que personne d'autre ne vend." } }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        List(routes.MapGet(Entries, (HttpContext http, SovereigntyEndpoints own) => own.AnyoneAsync(http, own.ListAsync)), "listRegister");
        One(routes.MapGet(Entries + "/{entry}", (string entry, HttpContext http, SovereigntyEndpoints own) => own.AnyoneAsync(http, connection => own.OneAsync(http, connection, entry))), "getRegisterEntry");
        Simulate(routes.MapGet(Simulation, (HttpContext http, SovereigntyEndpoints own) => own.AnyoneAsync(http, own.SimulateAsync)), "simulateOutage");
        List(routes.MapGet("/operator" + Entries, (HttpContext http, SovereigntyEndpoints own) => own.OperatorAsync(http, own.ListAsync)), "operatorListRegister");
        One(routes.MapGet("/operator" + Entries + "/{entry}", (string entry, HttpContext http, SovereigntyEndpoints own) => own.OperatorAsync(http, connection => own.OneAsync(http, connection, entry))), "operatorGetRegisterEntry");
        Simulate(routes.MapGet("/operator" + Simulation, (HttpContext http, SovereigntyEndpoints own) => own.OperatorAsync(http, own.SimulateAsync)), "operatorSimulateOutage");
        routes.MapPut("/operator" + Entries + "/{entry}", (string entry, HttpContext http, SovereigntyEndpoints own) => own.PutAsync(http, entry))
            .Describe(
                "operatorPutRegisterEntry", Tag, "Enter what the installation depends on",
                "What only the operator knows: hardware, sites, network, contracts, licences, and who supplies them. All of the entry: what is left out is gone. Every customer can read it.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Manage)
            .Accepts<PutRegisterEntry>("application/json")
            .Produces<RegisterEntry>()
            .WithExample(0, Example);
        routes.MapDelete("/operator" + Entries + "/{entry}", (string entry, HttpContext http, SovereigntyEndpoints own) => own.DeleteAsync(http, entry))
            .Describe("operatorDeleteRegisterEntry", Tag, "Remove what the operator entered", "Not while another entry of the operator's names it.", 400, 403, 404, 409, 503)
            .Record(Manage)
            .Produces<RegisterEntry>();
        routes.MapGet(Path, (HttpContext http, HostingDisclosures disclosures) => PageAsync(http, disclosures)).ForAnyone().ExcludeFromDescription();
        routes.MapGet(Path + ".json", async (HttpContext http, HostingDisclosures disclosures) =>
            Answer.Json(await disclosures.ReadAsync(http.RequestAborted), WireJson.Default.HostingDisclosure)).ForAnyone().ExcludeFromDescription();
    }

    private static void List(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, Tag, "List what the installation depends on",
            "Suppliers, software, services, licences and hardware, each with its jurisdiction, its licence, what it carries and what becomes of it when its supplier stops; and Beffroi's own services.", 400, 403)
        .WithQuery("kind", "Only entries of this kind: " + string.Join(", ", EntryKinds.All) + ".")
        .Produces<Page<RegisterEntry>>();

    private static void One(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "Read an entry of the register", "What it is, who supplies it and what it carries.", 400, 403, 404)
        .Produces<RegisterEntry>();

    private static void Simulate(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, Tag, "Ask what stops if suppliers stop",
            "At once, at the next expiry, at the next failure, or never; which of Beffroi's services that takes down, and through what. It changes nothing.", 400, 403)
        .WithQuery("supplier", "Ids of suppliers, comma-separated, at most 50; the product's also without `supplier:` before it.")
        .WithQuery("country", "Countries all of whose suppliers stop, comma-separated, at most 50: " + Countries.Form + ".")
        .Produces<Simulation>();

    private static async Task<IResult> PageAsync(HttpContext http, HostingDisclosures disclosures)
    {
        var french = (http.Request.Query["lang"].ToString() is { Length: > 0 } asked ? asked : Pages.PageTexts.For(http).Language) == "fr";
        var page = Pages.DisclosurePage.Write(await disclosures.ReadAsync(http.RequestAborted), french);
        http.Response.Headers.ContentSecurityPolicy = Pages.DisclosurePage.Policy;
        http.Response.Headers.ContentLanguage = french ? "fr" : "en";
        return Results.Text(page, "text/html; charset=utf-8");
    }

    private Task<IResult> AnyoneAsync(HttpContext http, Func<HttpContext, NpgsqlConnection, Task<Result<IResult>>> read) => AnyoneAsync(http, connection => read(http, connection));

    private Task<IResult> AnyoneAsync(HttpContext http, Func<NpgsqlConnection, Task<Result<IResult>>> read) => reads.AnyoneAsync(http, read);

    private Task<IResult> OperatorAsync(HttpContext http, Func<HttpContext, NpgsqlConnection, Task<Result<IResult>>> read) => OperatorAsync(http, connection => read(http, connection));

    private Task<IResult> OperatorAsync(HttpContext http, Func<NpgsqlConnection, Task<Result<IResult>>> read) => reads.OperatorAsync(http, OperatorPermission.SovereigntyRead, read);

    private async Task<Result<IResult>> ListAsync(HttpContext http, NpgsqlConnection connection)
    {
        if (Query.Check(http, "kind") is { } bad)
        {
            return bad;
        }

        var kind = http.Request.Query["kind"] is [{ } asked] ? asked : null;
        return kind is not null && !EntryKinds.All.Contains(kind)
            ? Problems.BadQuery(new FieldError("kind", "There is no such kind.", string.Join(", ", EntryKinds.All)))
            : Answer.Json(
                new Page<RegisterEntry>([.. (await register.ReadAsync(connection, http.RequestAborted)).Where(e => kind is null || e.Kind == kind)], null), WireJson.Default.PageRegisterEntry);
    }

    private async Task<Result<IResult>> OneAsync(HttpContext http, NpgsqlConnection connection, string id) =>
        Query.Check(http) is { } bad ? bad
        : (await register.ReadAsync(connection, http.RequestAborted)).FirstOrDefault(e => e.Id == id) is { } found ? (Result<IResult>)Answer.Json(found, WireJson.Default.RegisterEntry)
        : Problems.NotFound;

    private async Task<Result<IResult>> SimulateAsync(HttpContext http, NpgsqlConnection connection)
    {
        if (Query.Check(http, "supplier", "country") is { } bad)
        {
            return bad;
        }

        var (suppliers, countries) = (Listed(http, "supplier"), Listed(http, "country"));
        if (suppliers.Count + countries.Count is 0 or > MostAsked)
        {
            return Problems.BadQuery(new FieldError("supplier", "Say who stops.", $"supplier=ID, country=CODE or both, comma-separated, {MostAsked} at most"));
        }

        if (countries.Any(c => !Countries.Exists(c)))
        {
            return Problems.BadQuery(new FieldError("country", "There is no such country.", Countries.Form));
        }

        var entries = await register.ReadAsync(connection, http.RequestAborted);
        var known = entries.Where(e => e.Kind == EntryKinds.Supplier).ToList();
        var meant = suppliers.Select(s => (known.Find(e => e.Id == s) ?? known.Find(e => e.Id == "supplier:" + s))?.Id).ToList();
        return meant.Contains(null)
            ? Problems.BadQuery(new FieldError("supplier", "There is no such supplier.", RegisterChecks.Candidates(known)))
            : Answer.Json(Simulations.Run(entries, [.. meant.OfType<string>()], countries, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)), WireJson.Default.Simulation);
    }

    private static List<string> Listed(HttpContext http, string parameter) =>
        http.Request.Query[parameter] is [{ } text] ? [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)] : [];

    private Task<IResult> PutAsync(HttpContext http, string id) =>
        changes.RunAsync<OperatorPrincipal, PutRegisterEntry>(http, Manage, WireJson.Default.PutRegisterEntry, Enter(http), async (connection, _, wanted, token) =>
        {
            if (RegisterChecks.Check(id, wanted) is { Count: > 0 } errors)
            {
                return Problem.Invalid(errors);
            }

            await RegisterTable.TakeTurnAsync(connection, token);
            var all = await register.ReadAsync(connection, token);
            var before = all.FirstOrDefault(e => e.Id == id);
            if (before is { Source: not EntryKinds.FromOperator })
            {
                return Problem.Conflict("name-taken", "The product itself has an entry of this name", "What the product says can't be changed. Choose another name.");
            }

            if (RegisterChecks.CheckNames(id, wanted, all) is { Count: > 0 } unknown)
            {
                return Problem.Invalid(unknown);
            }

            if (before is { Kind: EntryKinds.Supplier } && wanted.Kind != EntryKinds.Supplier && all.FirstOrDefault(e => e.Supplier == id) is { } supplied)
            {
                return InUse(supplied);
            }

            return before is null && all.Count(e => e.Source == EntryKinds.FromOperator) >= RegisterTable.Most
                ? Problem.Conflict("register-full", "The register is full", $"The operator has {RegisterTable.Most} entries at most. Remove one first.")
                : (Result<Accepted>?)Accepted(await RegisterTable.KeepAsync(connection, id, wanted, time.GetUtcNow(), token));
        });

    private Task<IResult> DeleteAsync(HttpContext http, string id) =>
        changes.RunAsync(
            http,
            [],
            Enter(http),
            async (connection, _, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                await RegisterTable.TakeTurnAsync(connection, token);
                var own = await RegisterTable.ListAsync(connection, token);
                if (own.FirstOrDefault(e => e.Id == id) is not { } found)
                {
                    return Problems.NotFound;
                }

                if (own.FirstOrDefault(e => e.Id != id && (e.Supplier == id || e.Carries.Any(c => c.Id == id))) is { } naming)
                {
                    return InUse(naming);
                }

                await RegisterTable.RemoveAsync(connection, id, token);
                return (Result<Accepted>?)Accepted(found);
            },
            http.RequestAborted);

    private Func<NpgsqlConnection, CancellationToken, Task<Result<OperatorPrincipal>>> Enter(HttpContext http) =>
        (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.SovereigntyManage, token);

    private static Problem InUse(RegisterEntry by) => Problem.Conflict("in-use", "Another entry names it", $"The entry {by.Id} names it. Change or remove that one first.");

    private static Accepted Accepted(RegisterEntry entry)
    {
        LedgerReason? without = entry.Supplier is { } supplier ? Of($" without {Name(supplier)}") : null;
        return new(200, JsonSerializer.Serialize(entry, WireJson.Default.RegisterEntry)) { Note = $"{Name(entry.Kind)} {Name(entry.Id)}, {Name(entry.Stops)}{without}" };
    }
}
