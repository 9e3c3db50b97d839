using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;
using Beffroi.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

public sealed class OpenApiTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Side.Customer, "/openapi/v1.json", "/v1")]
    [InlineData(Side.Operator, "/openapi/operator.json", "/operator")]
    public async Task Every_route_is_there_with_its_problems_and_its_security(Side side, string description, string prefix)
    {
        using var client = _server.Client(null, side);
        var document = JsonNode.Parse(await client.GetStringAsync(description))!;
        Assert.StartsWith("3.1", (string?)document["openapi"], StringComparison.Ordinal);
        Assert.Equal("bearer", (string?)document["components"]!["securitySchemes"]!["bearer"]!["scheme"]);
        var documented = document["paths"]!.AsObject()
            .SelectMany(p => p.Value!.AsObject().Select(o => (Key: o.Key.ToUpperInvariant() + " " + p.Key, Operation: o.Value!))).ToList();
        var mapped = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith(prefix, StringComparison.Ordinal))
            .Select(e => e.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Single() + " " + e.RoutePattern.RawText!.Replace("{**", "{", StringComparison.Ordinal));
        Assert.Equal(mapped.Order(StringComparer.Ordinal), documented.Select(o => o.Key).Order(StringComparer.Ordinal));
        foreach (var (key, operation) in documented)
        {
            var responses = operation["responses"]!.AsObject();
            Assert.True(responses.ContainsKey("401") && responses.ContainsKey("500"), key);
            Assert.True(responses.ContainsKey("404") || !key.Contains('{', StringComparison.Ordinal) || key.StartsWith("PUT /operator/v1/organizations/{organization}", StringComparison.Ordinal), key);
            Assert.Contains(responses, r => r.Key.StartsWith('2'));
            Assert.All(responses.Where(r => r.Key[0] >= '4'), r => Assert.NotNull(r.Value!["content"]!["application/problem+json"]!["example"]));
            Assert.True(operation["security"]?[0]?["bearer"] is not null || key.EndsWith("/invitations", StringComparison.Ordinal) || key.EndsWith("/oauth/token", StringComparison.Ordinal), key);
            Assert.NotEmpty((string)operation["operationId"]!);
            Assert.All(operation["parameters"]?.AsArray() ?? [], p => Assert.NotEmpty((string)p!["description"]!));
        }

        Assert.Equal(documented.Count, documented.Select(o => (string)o.Operation["operationId"]!).Distinct().Count());
        AssertReferencesResolve(document, document);
        if (side == Side.Customer)
        {
            AssertIntegers(document);
        }
    }

    [Fact]
    public async Task The_page_loads_nothing_from_outside()
    {
        var redirect = await _server.Nobody.GetAsync("/");
        Assert.Equal(HttpStatusCode.Redirect, redirect.StatusCode);
        var page = await _server.Nobody.GetAsync(redirect.Headers.Location);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotMatch(new Regex("(src|href)=\"(https?:)?//", RegexOptions.IgnoreCase), html);
        var scripts = Regex.Matches(html, "src=\"([^\"]+)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var answer = await _server.Nobody.GetAsync(new Uri(new Uri(_server.Nobody.BaseAddress!, "/docs/"), script));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        // Whatever the script would like: the browser lets it load from here alone.
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
    }

    private static void AssertReferencesResolve(JsonNode? node, JsonNode document)
    {
        if (node is JsonObject json)
        {
            if (json["$ref"] is JsonValue reference)
            {
                var found = ((string)reference!)[2..].Split('/').Aggregate((JsonNode?)document, (at, part) => at?[part]);
                Assert.True(found is not null, (string)reference!);
            }

            foreach (var (_, child) in json)
            {
                AssertReferencesResolve(child, document);
            }
        }
        else if (node is JsonArray array)
        {
            foreach (var child in array)
            {
                AssertReferencesResolve(child, document);
            }
        }
    }

    private static void AssertIntegers(JsonNode document)
    {
        var generations = document["components"]!["schemas"]!.AsObject().Select(s => s.Value!["properties"]?["generation"]).OfType<JsonNode>().ToList();
        Assert.NotEmpty(generations);
        Assert.All(generations, generation => Assert.Equal("integer", (string?)generation["type"]));
    }
}
