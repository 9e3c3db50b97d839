using Beffroi.Contracts;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Capacity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What a zone's hosts have, what is used of it, and the images on them: the operator's own, with nothing of any customer's.</summary>
internal sealed class CapacityEndpoints(Reads reads, ImageBills bills, SpaceSubnet range, PlatformOptions options)
{
    private const string Zone = "/operator/v1/zones/{zone}", Tag = "Zones";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Zone + "/capacity", (string zone, HttpContext http, CapacityEndpoints own) => own.CapacityAsync(http, zone))
            .Describe(
                "operatorGetCapacity", Tag, "Read what a zone has and what is used",
                "Its hosts with processors, memory, storage and versions, each as of its last answer (they are asked every minute); what all resources were admitted with; and what all quotas allow together.", 400, 403, 404)
            .Produces<ZoneCapacity>();
        routes.MapGet(Zone + "/images", (string zone, HttpContext http, CapacityEndpoints own) => own.ImagesAsync(http, zone))
            .Describe("operatorListImages", Tag, "List the images on a zone's hosts", "Those that new instances are made from and those that older ones were, each with when it was built, its versions and how many instances have it.", 400, 403, 404)
            .Produces<Page<ZoneImage>>();
    }

    private Task<IResult> CapacityAsync(HttpContext http, string zone) => OneAsync(http, zone, async connection =>
        (Result<IResult>)Answer.Json(await CapacityTable.ReadAsync(connection, zone, range.Capacity, http.RequestAborted), WireJson.Default.ZoneCapacity));

    private Task<IResult> ImagesAsync(HttpContext http, string zone) => OneAsync(http, zone, async connection =>
        (Result<IResult>)Answer.Json(new Page<ZoneImage>([.. (await CapacityTable.ImagesAsync(connection, zone, http.RequestAborted)).Select(bills.Read)], null), WireJson.Default.PageZoneImage));

    private Task<IResult> OneAsync(HttpContext http, string zone, Func<NpgsqlConnection, Task<Result<IResult>>> read) =>
        reads.OperatorAsync(http, OperatorPermission.HostRead, async connection =>
            Query.Check(http) is { } bad ? bad
            : zone != options.Zone.Name ? Problems.NotFound
            : await read(connection));
}
