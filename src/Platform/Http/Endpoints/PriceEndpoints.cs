using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What things cost, as the operator declares it and every customer's people read it.</summary>
internal sealed class PriceEndpoints(Changes changes, Scopes scopes, Reads reads)
{
    private const string Path = "/v1/price-list", Tag = "Usage", Manage = "operator.price.manage";

    private const string Example =
        """{ "from": "2027-01-01", "currency": "EUR", "cpuHour": 0.021, "memoryGiBHour": 0.0042, "storageGiBHour": 0.00014, "backupGiBHour": 0.00004 }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        Get(routes.MapGet(Path, (HttpContext http, PriceEndpoints own) => own.AnyoneAsync(http)), "getPriceList");
        Get(routes.MapGet("/operator" + Path, (HttpContext http, PriceEndpoints own) => own.OperatorAsync(http)), "operatorGetPriceList");
        routes.MapPut("/operator" + Path, (HttpContext http, PriceEndpoints own) => own.PutAsync(http))
            .Describe(
                "operatorPutPriceList", Tag, "Declare what things cost from a day on",
                "All of it. From that day (UTC) until the next price list's it holds, and every customer can read it. One that has begun to hold is never changed; one that hasn't is replaced by another for the same day.",
                400, 403, 413, 415, 422, 503)
            .Record(Manage)
            .Accepts<PutPriceList>("application/json")
            .Produces<PriceLists>()
            .WithExample(0, Example);
    }

    private static void Get(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "Read the price lists", "The one that holds today, and all that held or will hold, the newest first. Without any, nothing has a price.", 400, 403)
        .Produces<PriceLists>();

    private static async Task<Result<IResult>> ShowAsync(HttpContext http, NpgsqlConnection connection) =>
        Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await PriceTable.ShowAsync(connection, http.RequestAborted), WireJson.Default.PriceLists);

    private Task<IResult> AnyoneAsync(HttpContext http) => reads.AnyoneAsync(http, connection => ShowAsync(http, connection));

    private Task<IResult> OperatorAsync(HttpContext http) => reads.OperatorAsync(http, OperatorPermission.PriceRead, connection => ShowAsync(http, connection));

    private Task<IResult> PutAsync(HttpContext http) =>
        changes.RunAsync<OperatorPrincipal, PutPriceList>(
            http, Manage, WireJson.Default.PutPriceList, (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.PriceManage, token), async (connection, _, wanted, token) =>
            {
                var content = JsonSerializer.Serialize(wanted, WireJson.Default.PutPriceList);
                return await PriceTable.DeclareAsync(connection, wanted, content, ApiRequest.Of(http).Actor, token) is { } wrong ? wrong
                    : (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(await PriceTable.ShowAsync(connection, token), WireJson.Default.PriceLists))
                    {
                        Note =
                            $"from {wanted.From}, in {Name(wanted.Currency)}: CPU-hour {wanted.CpuHour}, GiB-hour of memory {wanted.MemoryGiBHour}, of storage {wanted.StorageGiBHour}, of backups {wanted.BackupGiBHour}; sha256 {Sha256(content)}",
                    };
            });
}
