using System.Text.Json.Nodes;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>One operation of an OpenAPI document.</summary>
/// <param name="Side">On whose interface it is.</param>
/// <param name="Id">Its id.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, with parameters in braces.</param>
public sealed record ApiOperation(Side Side, string Id, HttpMethod Method, string Path)
{
    public bool Changes => Method != HttpMethod.Get;

    /// <summary>All of both documents.</summary>
    public static async Task<IReadOnlyList<ApiOperation>> AllAsync(TestServer server)
    {
        var all = new List<ApiOperation>();
        foreach (var (side, document) in new[] { (Side.Customer, "v1"), (Side.Operator, "operator") })
        {
            using var nobody = server.Client(null, side);
            var description = JsonNode.Parse(await nobody.GetStringAsync($"/openapi/{document}.json", TestContext.Current.CancellationToken))!;
            all.AddRange(description["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method =>
                new ApiOperation(side, (string)method.Value!["operationId"]!, new HttpMethod(method.Key.ToUpperInvariant()), path.Key))));
        }

        return all;
    }

    /// <summary>A request for it at this address, whose content is refused if it gets that far.</summary>
    public HttpRequestMessage At(string address) => new(Method, address)
    {
        Content = Method != HttpMethod.Put && Method != HttpMethod.Post ? null
            : Id == "getAccessToken" ? new FormUrlEncodedContent([KeyValuePair.Create("unknown", "1")])
            : TestServer.Json("""{ "unknown": 1 }"""),
    };
}
