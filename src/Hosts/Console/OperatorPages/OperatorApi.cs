using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.Pages;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>What several of the operator's pages ask its API.</summary>
internal static class OperatorApi
{
    public const string Root = "/operator/v1", Organizations = Root + "/organizations", Operators = Root + "/operators", Requests = Root + "/lockbox-requests", Register = Root + "/sovereignty",
        ReviewSchedule = Root + "/access-review-schedule";

    public static string Zone(string zone) => Root + "/zones/" + Visit.Name(zone);

    public static string Organization(string name) => Organizations + "/" + Visit.Name(name);

    public static string Operator(string name) => Operators + "/" + Visit.Name(name);

    public static async Task<IReadOnlyList<Zone>> ZonesAsync(Visit visit) => (await visit.Api.GetAsync(Root + "/zones", WireJson.Default.PageZone)).Items;

    public static Task<ZoneCapacity> CapacityAsync(Visit visit, string zone) => visit.Api.GetAsync(Zone(zone) + "/capacity", WireJson.Default.ZoneCapacity);

    public static async Task<IReadOnlyList<ZoneImage>> ImagesAsync(Visit visit, string zone) => (await visit.Api.GetAsync(Zone(zone) + "/images", WireJson.Default.PageZoneImage)).Items;

    /// <summary>Reads what this person may not be allowed to see; null then.</summary>
    public static async Task<T?> AllowedAsync<T>(Visit visit, string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await visit.Api.GetAsync(path, type);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status == 403)
        {
            return null;
        }
    }
}
