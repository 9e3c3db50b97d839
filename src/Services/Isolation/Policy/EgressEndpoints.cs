using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Beffroi.Infrastructure;
using Beffroi.Infrastructure.Network;
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

/// <summary><c>…/egress</c>: a space's allow-list.</summary>
internal sealed class EgressEndpoints(Changes changes, Scopes scopes, PolicyStore policies, SpaceSubnet subnet)
{
    // What an entry of the ledger tells of a change; the list itself tells the rest.
    private const int MostTold = 20;
    private const string Path = "/v1/organizations/{organization}/spaces/{space}/egress";
    private const string Example = """{ "rules": [{ "destination": "192.0.2.10/32", "ports": "443", "protocol": "tcp" }] }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Get)
            .Describe("getEgress", IsolationRoutes.Tag, "Read a space's egress allow-list", "To where its instances may open connections out of the zone; empty is nowhere.", 400, 403, 404)
            .Produces<Egress>()
            .WithResponseHeader("ETag", "Changes with the list.", 200);
        routes.MapPut(Path, (string organization, string space, HttpContext http, EgressEndpoints endpoints) => endpoints.PutAsync(organization, space, http))
            .Describe(
                "putEgress", IsolationRoutes.Tag, "Replace a space's egress allow-list",
                "At most 64 entries, none overlapping another. A change needs the ETag that you read in If-Match. What is taken away is closed at once, for open connections too.",
                400, 403, 404, 412, 413, 415, 422, 428)
            .Record(Permission.EgressUpdate)
            .Accepts<Egress>("application/json")
            .Produces<Egress>(200)
            .WithHeader("If-Match", "The ETag of the list that you want to change; `*` for whatever it is.")
            .WithIdempotencyKey()
            .WithResponseHeader("ETag", "Changes with the list.", 200)
            .WithExample(0, Example);
    }

    private static Task<IResult> Get(string organization, string space, HttpContext http, Reads reads) =>
        reads.SpaceAsync(http, organization, space, Permission.SpaceRead, async (connection, scope) =>
        {
            if (Query.Check(http) is { } bad)
            {
                return bad;
            }

            var rules = await PolicyStore.EgressAsync(connection, scope.Id, http.RequestAborted);
            http.Response.Headers.ETag = Etag(rules);
            return (Result<IResult>)Answer.Json(View(rules, await PolicyStore.IsInForceAsync(connection, scope.Id, http.RequestAborted)), WireJson.Default.Egress);
        });

    private Task<IResult> PutAsync(string organization, string space, HttpContext http) =>
        changes.RunAsync(
            http,
            Permission.EgressUpdate,
            WireJson.Default.Egress,
            (connection, token) => scopes.SpaceAsync(http, connection, organization, space, Permission.EgressUpdate, token),
            (connection, scope, asked, token) => ReplaceAsync(http, connection, scope, asked, token));

    private async Task<Result<Accepted>?> ReplaceAsync(HttpContext http, NpgsqlConnection connection, SpaceRecord space, Egress asked, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var wanted = Check(asked, errors);
        if (errors.Count > 0)
        {
            return Problem.Invalid(errors);
        }

        await PolicyStore.LockAsync(connection, space.Id, cancellationToken);
        var present = await PolicyStore.EgressAsync(connection, space.Id, cancellationToken);
        var same = present.ToHashSet().SetEquals(wanted);
        if (!same && http.Request.Headers.IfMatch is var match && match.ToString() != "*")
        {
            if (match.Count == 0)
            {
                return Preconditions.Required("The allow-list would be changed. Read it, and send the ETag that you read in If-Match, so that nobody's change is overwritten unseen.");
            }

            if (match.ToString() != Etag(present))
            {
                return Preconditions.Stale("changed-meanwhile", "The allow-list is not the one that you read. Read it again, then change it.");
            }
        }

        if (!same)
        {
            await policies.SetEgressAsync(connection, space.Id, wanted, ApiRequest.Of(http).Actor, cancellationToken);
        }

        var rules = await PolicyStore.EgressAsync(connection, space.Id, cancellationToken);
        return new Accepted(200, JsonSerializer.Serialize(View(rules, await PolicyStore.IsInForceAsync(connection, space.Id, cancellationToken)), WireJson.Default.Egress))
        {
            Headers = new Dictionary<string, string> { ["ETag"] = Etag(rules) },
            ResourceId = space.Id,
            Note = same ? Words("unchanged") : Note(present, rules),
        };
    }

    private List<EgressRule> Check(Egress wanted, List<FieldError> errors)
    {
        var rules = new List<EgressRule>();
        if (wanted.Rules is null || wanted.Rules.Count > EgressRules.MostEntries)
        {
            errors.Add(new FieldError("rules", "The list is missing or too long.", "0 to 64 entries"));
            return rules;
        }

        for (var i = 0; i < wanted.Rules.Count; i++)
        {
            var field = FormattableString.Invariant($"rules[{i}]");
            var (entry, ports) = (wanted.Rules[i], ProtocolPorts.ParsePorts(wanted.Rules[i]?.Ports));
            if (entry is null || ports is null)
            {
                errors.Add(new FieldError(field + ".ports", "These ports are not valid.", "a port, 1 to 65535, or a range such as 8000-8010"));
                continue;
            }

            var rule = new EgressRule(entry.Destination ?? "", entry.Protocol ?? "", ports.Value.First, ports.Value.Last);
            if (EgressRules.CheckDestination(rule.Destination) is { } noDestination)
            {
                errors.Add(new FieldError(field + ".destination", noDestination));
            }
            else if (EgressRules.CheckService(rule.Protocol, rule.FirstPort, rule.LastPort) is { } noService)
            {
                errors.Add(new FieldError(field + ".protocol", noService));
            }
            else if (EgressRules.Never(subnet).Any(n => Within(rule.Destination, n)))
            {
                errors.Add(new FieldError(
                    field + ".destination", "No allow-list reaches there: this host, link-local and metadata addresses, multicast, and spaces, which are joined by peering.",
                    "an address outside " + string.Join(", ", EgressRules.Never(subnet))));
            }
            else if (rules.FindIndex(r => EgressRules.Overlap(r, rule)) is >= 0 and var other)
            {
                errors.Add(new FieldError(field, FormattableString.Invariant($"It overlaps rules[{other}]."), "entries of which none is part of another"));
            }

            rules.Add(rule);
        }

        return errors.Count == 0 ? rules : [];
    }

    private static bool Within(string destination, string never)
    {
        var (inner, outer) = (IPNetwork.Parse(destination), IPNetwork.Parse(never));
        return outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);
    }

    private static Egress View(IReadOnlyList<EgressRule> rules, bool inForce) =>
        new([.. rules.Select(r => new EgressEntry(r.Destination, ProtocolPorts.Text(r.FirstPort, r.LastPort), r.Protocol))], inForce);

    private static string Etag(IReadOnlyList<EgressRule> rules) =>
        "\"" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rules)))[..16]) + "\"";

    // What the ledger says: which were added and which taken away.
    private static LedgerReason? Note(IReadOnlyList<EgressRule> before, IReadOnlyList<EgressRule> after)
    {
        LedgerReason[] changes = [.. after.Except(before).Select(r => Of($"+{Said(r)}")), .. before.Except(after).Select(r => Of($"-{Said(r)}"))];
        return Join(", ", [.. changes.Take(MostTold), changes.Length > MostTold ? Of($"and {changes.Length - MostTold} more") : null]);
    }

    private static LedgerReason Said(EgressRule rule) => $"{Name(rule.Destination)} {Name(rule.Protocol)}/{Name(ProtocolPorts.Text(rule.FirstPort, rule.LastPort))}";
}
