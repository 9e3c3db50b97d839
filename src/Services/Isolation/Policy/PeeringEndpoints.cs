using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Services.Isolation.Policy;

/// <summary><c>…/peerings</c>: spaces of one organization that let each other's connections in. Never across organizations.</summary>
internal sealed class PeeringEndpoints(Changes changes, Scopes scopes, PolicyStore policies, ISpaces spaces)
{
    private const int MostPorts = 16;
    private const int MostPeers = 16;
    private const string Path = "/v1/organizations/{organization}/spaces/{space}/peerings";
    private const string Example = """{ "ports": ["tcp/5432"], "both": false }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, List)
            .Describe("listPeerings", IsolationRoutes.Tag, "List a space's peerings", "Those it asked for and those it is asked for; at most 32.", 400, 403, 404)
            .Produces<Contracts.Page<Peering>>();
        Describe(routes.MapPut(Path + "/{peer}", (string organization, string space, string peer, HttpContext http, PeeringEndpoints endpoints) => endpoints.ChangeAsync(organization, space, peer, http, endpoints.RequestAsync)),
            "putPeering", "Ask for a peering",
            "Asks that instances of this space may connect to these ports of the other space's. Nothing opens before that space accepts. Asking for something else closes what was open until that is accepted.");
        Describe(routes.MapPut(Path + "/{peer}/acceptance", (string organization, string space, string peer, HttpContext http, PeeringEndpoints endpoints) => endpoints.ChangeAsync(organization, space, peer, http, endpoints.AcceptAsync)),
            "acceptPeering", "Accept a peering", "Agrees to what the other space has asked this one for; the body repeats it, so that nothing else than what was read is agreed to (409).");
        routes.MapDelete(Path + "/{peer}", (string organization, string space, string peer, HttpContext http, PeeringEndpoints endpoints) => endpoints.DeleteAsync(organization, space, peer, http))
            .Describe("deletePeering", IsolationRoutes.Tag, "End a peering", "Either side may, alone; it is closed at once, for open connections too.", 400, 403, 404)
            .Record(Permission.PeeringUpdate)
            .Produces<Contracts.Page<Peering>>(200);
    }

    private static void Describe(RouteHandlerBuilder route, string id, string summary, string description) => route
        .Describe(id, IsolationRoutes.Tag, summary, description, 400, 403, 404, 409, 413, 415, 422)
        .Record(Permission.PeeringUpdate)
        .Accepts<PutPeering>("application/json")
        .Produces<Contracts.Page<Peering>>(200)
        .WithIdempotencyKey()
        .WithExample(0, Example);

    private static Task<IResult> List(string organization, string space, HttpContext http, Reads reads) =>
        reads.SpaceAsync(http, organization, space, Permission.SpaceRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(await PageAsync(connection, scope, http.RequestAborted), WireJson.Default.PagePeering));

    private Task<IResult> ChangeAsync(
        string organization, string space, string peer, HttpContext http, Func<NpgsqlConnection, SpaceRecord, SpaceRecord, PutPeering, string, CancellationToken, Task<Result<LedgerReason>>> change) =>
        changes.RunAsync<SpaceRecord, PutPeering>(
            http,
            Permission.PeeringUpdate,
            WireJson.Default.PutPeering,
            (connection, token) => scopes.SpaceAsync(http, connection, organization, space, Permission.PeeringUpdate, token),
            async (connection, scope, asked, token) =>
            {
                if (asked.Ports is not { Count: >= 1 and <= MostPorts } || asked.Ports.Any(p => ProtocolPorts.Parse(p) is null))
                {
                    return Problem.Invalid([new FieldError("ports", "These ports are not valid.", "1 to 16 of " + ProtocolPorts.Form)]);
                }

                if (await PeerAsync(connection, scope, peer, token) is not { } other)
                {
                    return Problems.NotFound;
                }

                var done = await change(connection, scope, other, asked, ApiRequest.Of(http).Actor, token);
                return done.Ok ? await AnswerAsync(connection, scope, done.Value, token) : (Result<Accepted>?)done.Problem;
            });

    private Task<IResult> DeleteAsync(string organization, string space, string peer, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.SpaceAsync(http, connection, organization, space, Permission.PeeringUpdate, token),
            async (connection, scope, token) =>
                Query.Check(http) is { } bad ? bad
                : await PeerAsync(connection, scope, peer, token) is not { } other ? Problems.NotFound
                : await AnswerAsync(connection, scope, await policies.RemoveAsync(connection, scope.Id, other.Id, ApiRequest.Of(http).Actor, token) ? Of($"removed {Name(peer)}") : Words("unchanged"), token),
            http.RequestAborted);

    private async Task<Result<LedgerReason>> RequestAsync(NpgsqlConnection connection, SpaceRecord space, SpaceRecord other, PutPeering wanted, string by, CancellationToken cancellationToken)
    {
        await PolicyStore.LockAsync(connection, space.Id, cancellationToken);
        var all = await PolicyStore.PeeringsAsync(connection, space.Id, cancellationToken);
        if (all.FirstOrDefault(p => p.FromId == space.Id && p.ToId == other.Id) is { } present && Same(present, wanted))
        {
            return Words("unchanged");
        }

        if (all.Count(p => p.FromId == space.Id && p.ToId != other.Id) >= MostPeers)
        {
            return Problem.Conflict("too-many-peerings", "Too many peerings", $"A space asks for at most {MostPeers} peerings. End one first.");
        }

        await policies.RequestAsync(connection, space.Id, other.Id, wanted.Ports, wanted.Both, by, cancellationToken);
        return Of($"requested {Name(other.Name)}: {Name(Text(wanted))}");
    }

    private async Task<Result<LedgerReason>> AcceptAsync(NpgsqlConnection connection, SpaceRecord space, SpaceRecord other, PutPeering read, string by, CancellationToken cancellationToken)
    {
        await PolicyStore.LockAsync(connection, other.Id, cancellationToken);
        if ((await PolicyStore.PeeringsAsync(connection, space.Id, cancellationToken)).FirstOrDefault(p => p.FromId == other.Id && p.ToId == space.Id) is not { } asked)
        {
            return Problems.NotFound;
        }

        if (!Same(asked, read))
        {
            return Problem.Conflict(
                "asked-otherwise", "Something else is asked for", "What the other space asks for is not what you accept. Read it again, then decide.",
                new FieldError("ports", "The other space asks for something else.", Text(new PutPeering(asked.Ports, asked.BothWays))));
        }

        if (asked.AcceptedAt is not null)
        {
            return Words("unchanged");
        }

        await policies.AcceptAsync(connection, other.Id, space.Id, by, cancellationToken);
        return Of($"accepted {Name(other.Name)}: {Name(Text(read))}");
    }

    // Another space of the same organization; of another's, nothing is known here.
    private async Task<SpaceRecord?> PeerAsync(NpgsqlConnection connection, SpaceRecord space, string peer, CancellationToken cancellationToken) =>
        ResourceName.IsValid(peer) && await spaces.FindAsync(connection, space.OrganizationName, peer, cancellationToken) is { } other
        && other.OrganizationId == space.OrganizationId && other.Zone == space.Zone && other.Id != space.Id ? other : null;

    private static bool Same(PeeringRow row, PutPeering wanted) => row.BothWays == wanted.Both && row.Ports.ToHashSet().SetEquals(wanted.Ports);

    private static string Text(PutPeering peering) => string.Join(", ", peering.Ports) + (peering.Both ? " both ways" : "");

    private static async Task<Result<Accepted>?> AnswerAsync(NpgsqlConnection connection, SpaceRecord space, LedgerReason note, CancellationToken cancellationToken) =>
        new Accepted(200, JsonSerializer.Serialize(await PageAsync(connection, space, cancellationToken), WireJson.Default.PagePeering)) { ResourceId = space.Id, Note = note };

    private static async Task<Contracts.Page<Peering>> PageAsync(NpgsqlConnection connection, SpaceRecord space, CancellationToken cancellationToken) => new(
        [.. (await PolicyStore.PeeringsAsync(connection, space.Id, cancellationToken)).Select(p => new Peering(
            p.FromName, p.ToName, p.Ports, p.BothWays, p.AcceptedAt is null ? "requested" : "accepted", p.InForce, p.RequestedAt, p.AcceptedAt))], null);
}
