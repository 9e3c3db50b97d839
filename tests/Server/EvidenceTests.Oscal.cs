using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Beffroi.Server.Tests;

/// <summary>The OSCAL documents of bundles against NIST's own schema (Oscal/README.md says how much of it).</summary>
public sealed partial class EvidenceTests
{
    private static readonly string[] OscalDocuments = ["component-definition", "assessment-results"];

    private static readonly Lazy<JsonSchema> OscalSchema = new(() =>
    {
        using var stream = typeof(EvidenceTests).Assembly.GetManifestResourceStream("oscal-schema.json")!;
        using var reader = new StreamReader(stream);
        return JsonSchema.FromText(reader.ReadToEnd());
    });

    [Fact]
    public async Task Oscal_documents_are_what_NISTs_schema_says()
    {
        await _server.LedgerIntegratedAsync();
        string[] frameworks = ["secnumcloud-3.2", "hds-2"];
        foreach (var framework in frameworks)
        {
            // Before any check has run.
            Assert.All(await OscalAsync(framework), d => Assert.Empty(Wrong(d)));
        }

        var statement = $$"""{ "statement": "Two\n\nparagraphs, <b>one</b> bold.", "validUntil": "{{InHalfAYear}}", "documentSha256": "{{new string('a', 64)}}" }""";
        (await _server.Alice.PutAsync(Evidence + "/frameworks/hds-2/attestations/EXI-30", TestServer.Json(statement))).EnsureSuccessStatusCode();
        (await _server.Administrator.PutAsync("/operator/v1/evidence/frameworks/hds-2/attestations/EXI-30", TestServer.Json(statement))).EnsureSuccessStatusCode();
        await BundleAsync();
        foreach (var framework in frameworks)
        {
            var (definition, results) = await OscalAsync(framework) is [var first, var second] ? (first, second) : throw new InvalidOperationException();
            Assert.Empty(Wrong(definition));
            Assert.Empty(Wrong(results));
            Assert.NotEmpty(results["assessment-results"]!["results"]![0]!["findings"]!.AsArray());
            Assert.NotEmpty(results["assessment-results"]!["results"]![0]!["attestations"]![0]!["parts"]!.AsArray());
            Refuses(definition, results);
        }
    }

    // It can fail, each time by what was changed.
    private static void Refuses(JsonObject definition, JsonObject results)
    {
        const string Result = "/assessment-results/results/0";
        Refuses(definition, "/component-definition/uuid", d => d["component-definition"]!["uuid"] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
        Refuses(definition, "/component-definition/metadata", d => d["component-definition"]!["metadata"]!.AsObject().Remove("oscal-version"));
        Refuses(definition, "/component-definition/components", d => d["component-definition"]!["components"] = new JsonArray());
        Refuses(definition, "/component-definition/components/0/control-implementations/0/implemented-requirements/0/control-id",
            d => d["component-definition"]!["components"]![0]!["control-implementations"]![0]!["implemented-requirements"]![0]!["control-id"] = "9.2 c");
        Refuses(results, Result + "/start", d => InResult(d)["start"] = "2026-13-01T00:00:00Z");
        Refuses(results, Result + "/end", d => InResult(d)["end"] = "2026-12-01T00:00:00");
        Refuses(results, Result + "/observations", d => InResult(d)["observations"] = new JsonArray());
        Refuses(results, Result + "/observations/0", d => InResult(d)["observations"]![0]!.AsObject().Remove("collected"));
        Refuses(results, Result + "/observations/0/props/0/value", d => InResult(d)["observations"]![0]!["props"]![0]!["value"] = "two\nlines");
        Refuses(results, Result + "/observations/0/props/0/ns", d => InResult(d)["observations"]![0]!["props"]![0]!["ns"] = "beffroi");
        Refuses(results, Result + "/findings/0/target/status/state", d => InResult(d)["findings"]![0]!["target"]!["status"]!["state"] = "partly");
        Refuses(results, Result + "/findings/0/colour", d => InResult(d)["findings"]![0]!["colour"] = "green");
        Assert.NotEmpty(Wrong(new JsonObject { ["assessment"] = results["assessment-results"]!.DeepClone() }));

        static JsonNode InResult(JsonObject document) => document["assessment-results"]!["results"]![0]!;
    }

    private static void Refuses(JsonObject document, string place, Action<JsonObject> change)
    {
        var changed = (JsonObject)document.DeepClone();
        change(changed);
        var wrong = Wrong(changed);
        Assert.True(wrong.Exists(w => w.StartsWith(place + ": ", StringComparison.Ordinal)), $"{place}:\n{string.Join('\n', wrong)}");
    }

    private static List<string> Wrong(JsonObject document)
    {
        var found = OscalSchema.Value.Evaluate(JsonSerializer.SerializeToElement(document), new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        return found.IsValid ? [] : ["/: not valid", .. (found.Details ?? []).SelectMany(d => (d.Errors ?? new Dictionary<string, string>()).Select(e => $"{d.InstanceLocation}: {e.Value}"))];
    }

    private async Task<JsonObject[]> OscalAsync(string framework)
    {
        var path = _folder + "/oscal.zip";
        await File.WriteAllBytesAsync(path, await _server.Alice.GetByteArrayAsync($"{Evidence}/frameworks/{framework}/bundle", Cancel), Cancel);
        var files = Files(path);
        return [.. OscalDocuments.Select(name => (JsonObject)JsonNode.Parse(files[$"oscal/{name}.json"])!)];
    }
}
