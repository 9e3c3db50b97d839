using System.Text.Json.Nodes;
using Beffroi.Testing;
using CsCheck;

namespace Beffroi.Server.Tests;

public sealed class MutationTests(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly string[] Names = ["spec", "labels", "version", "size", "storage", "deletionProtection", "Spec", "$ref", "__proto__", ""];

    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.Int[0, 9].Select(i => Names[i]), Gen.String[0, 6]);

    private static readonly Gen<JsonNode?> Anything = Gen.Recursive<JsonNode?>((depth, self) => depth > 3
        ? Gen.Const((JsonNode?)null)
        : Gen.OneOf(
            Gen.Const((JsonNode?)null),
            Gen.Bool.Select(b => (JsonNode?)JsonValue.Create(b)),
            Gen.Long.Select(n => (JsonNode?)JsonValue.Create(n)),
            Gen.Double[-1e9, 1e9].Select(n => (JsonNode?)JsonValue.Create(n)),
            Gen.String.Select(s => (JsonNode?)JsonValue.Create(s)),
            self.Array[0, 4].Select(a => (JsonNode?)new JsonArray([.. a.Select(n => n?.DeepClone())])),
            Gen.Select(Name, self).Array[0, 4].Select(Object)));

    private static readonly Gen<string> Text = Gen.Select(
        Gen.OneOf(
            Anything.Select(n => n?.ToJsonString() ?? "null"),
            Gen.Select(Anything, Anything).Select(t => new JsonObject { ["spec"] = t.Item1?.DeepClone(), ["labels"] = t.Item2?.DeepClone() }.ToJsonString()),
            Gen.Const("""{ "spec": { "version": "17", "size": "s1", "storage": "10GiB", "deletionProtection": true }, "labels": { "a": "b" } }""")),
        Gen.Select(Gen.Int[0, 200], Gen.Char, Gen.Int[0, 3]).Array[0, 3]).Select(t => t.Item2.Aggregate(t.Item1, Mutate));

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public Task Whatever_is_put_is_accepted_or_refused_with_a_problem() => Text.SampleAsync(
        async body =>
        {
            var response = await _server.PutAsync("db", body, ("If-Match", "*"));
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            Assert.InRange((int)response.StatusCode, 400, 499);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            Assert.StartsWith("urn:beffroi:problem:", (string?)(await TestServer.BodyAsync(response))["type"], StringComparison.Ordinal);
        },
        iter: 600, threads: 2);

    private static JsonNode? Object((string, JsonNode?)[] members)
    {
        var json = new JsonObject();
        foreach (var (name, value) in members)
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }

    private static string Mutate(string text, (int At, char Char, int How) change)
    {
        var at = Math.Min(change.At, text.Length);
        return change.How switch
        {
            0 => text.Insert(at, change.Char.ToString()),
            1 => at < text.Length ? text.Remove(at, 1) : text,
            2 => text[..at],
            _ => text + text,
        };
    }
}
