using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Evidence;
using Beffroi.Services.Evidence.Configuration;
using Beffroi.Services.Evidence.Frameworks;

namespace Beffroi.Services.Evidence.Bundles;

/// <summary>
/// The evidence as NIST's OSCAL 1.1.3 has it (component definition and assessment results, JSON). A finding is about a check's own objective and never about a whole requirement, so
/// "satisfied" says that the check holds and no more.
/// </summary>
internal static class Oscal
{
    private const string Version = "1.1.3";

    /// <summary>What of the requirements the product has a part in, and by which checks.</summary>
    public static JsonObject ComponentDefinition(Framework framework, FrameworkEvidence evidence) => new()
    {
        ["component-definition"] = new JsonObject
        {
            ["uuid"] = Uuid(),
            ["metadata"] = Metadata($"Beffroi: what it shows of {framework.Title}", evidence),
            ["components"] = new JsonArray(new JsonObject
            {
                ["uuid"] = Uuid(),
                ["type"] = "service",
                ["title"] = "Beffroi",
                ["description"] = $"The installation that serves the organization {evidence.Organization}.",
                ["control-implementations"] = new JsonArray(new JsonObject
                {
                    ["uuid"] = Uuid(),
                    ["source"] = "urn:beffroi:framework:" + framework.Name,
                    ["description"] = $"{framework.Title} ({framework.Publisher}). Titles are this project's own words. A check shows what it says and no more.",
                    ["implemented-requirements"] = new JsonArray([.. evidence.Requirements.Where(r => r.Checks.Count > 0).Select(r => Implemented(framework, r, evidence))]),
                }),
            }),
        },
    };

    /// <summary>What every check found, and whose word there is for the rest.</summary>
    public static JsonObject AssessmentResults(Framework framework, FrameworkEvidence evidence, BundleConfiguration configuration)
    {
        var plan = Uuid();
        var observations = evidence.Findings.ToDictionary(f => f.Check, _ => Uuid(), StringComparer.Ordinal);
        var shown = evidence.Requirements.Where(r => r.Checks.Count > 0).ToList();
        var result = new JsonObject
        {
            ["uuid"] = Uuid(),
            ["title"] = $"{framework.Title}, {evidence.Organization}",
            ["description"] = "What the checks of the installation found when they ran last.",
            ["start"] = Time(evidence.Findings.Min(f => f.ObservedAt) ?? evidence.At),
            ["end"] = Time(evidence.At),
            ["reviewed-controls"] = new JsonObject
            {
                ["control-selections"] = new JsonArray(new JsonObject
                {
                    ["include-controls"] = new JsonArray([.. shown.Select(r => new JsonObject { ["control-id"] = Control(framework, r) })]),
                }),
            },
            ["observations"] = new JsonArray([.. evidence.Findings.Select(f => Observation(f, observations[f.Check], evidence, configuration))]),
            ["findings"] = new JsonArray([.. shown.SelectMany(r => r.Checks.Select(c => Finding(framework, r, evidence.Findings.First(f => f.Check == c), observations[c])))]),
        };
        if (evidence.Requirements.SelectMany(r => r.Attestations.Select(a => Attestation(framework, r, a))).ToArray() is { Length: > 0 } parts)
        {
            result["attestations"] = new JsonArray(new JsonObject { ["parts"] = new JsonArray(parts) });
        }

        return new JsonObject
        {
            ["assessment-results"] = new JsonObject
            {
                ["uuid"] = Uuid(),
                ["metadata"] = Metadata($"{framework.Title}: evidence of {evidence.Organization}", evidence),
                ["import-ap"] = new JsonObject { ["href"] = "#" + plan },
                ["results"] = new JsonArray(result),
                ["back-matter"] = new JsonObject
                {
                    ["resources"] = new JsonArray(new JsonObject
                    {
                        ["uuid"] = plan,
                        ["title"] = "Continuous checks",
                        ["description"] = "There is no plan of a single assessment: the installation runs its checks every minute.",
                    }),
                },
            },
        };
    }

    // A token begins with a letter or an underscore.
    private static string Control(Framework framework, RequirementEvidence requirement) => $"{framework.Prefix}-{requirement.Requirement}";

    private static JsonObject Implemented(Framework framework, RequirementEvidence requirement, FrameworkEvidence evidence) => new()
    {
        ["uuid"] = Uuid(),
        ["control-id"] = Control(framework, requirement),
        ["description"] = string.Join(" ", evidence.Findings.Where(f => requirement.Checks.Contains(f.Check)).Select(f => $"{f.Title.En}: {f.Means.En}")),
        ["props"] = Props(("state", requirement.State), ("kind", requirement.Kind)),
    };

    private static JsonObject Observation(EvidenceFinding finding, string uuid, FrameworkEvidence evidence, BundleConfiguration configuration)
    {
        // OSCAL has when something was observed, and no word for since when it is so.
        (string, string)[] since = finding.Since is { } at ? [("since", Time(at))] : [];
        var observation = new JsonObject
        {
            ["uuid"] = uuid,
            ["title"] = finding.Title.En,
            ["description"] = $"{finding.Message.En} {finding.Means.En}",
            ["props"] = Props([("check", finding.Check), ("state", finding.State), .. since]),
            ["methods"] = new JsonArray("TEST"),
            ["collected"] = Time(finding.ObservedAt ?? evidence.At),
        };
        if (finding.GoodUntil is { } end)
        {
            observation["expires"] = Time(end);
        }

        // Beside this document's folder in the unpacked bundle.
        var relevant = finding.Sources.Select(s => new JsonObject { ["href"] = s, ["description"] = "In the installation's API." })
            .Concat(configuration.ByCheck[finding.Check].Select(path => new JsonObject { ["href"] = "../" + path, ["description"] = "What is configured that the check judges by." })).ToArray();
        if (relevant.Length > 0)
        {
            observation["relevant-evidence"] = new JsonArray([.. relevant]);
        }

        return observation;
    }

    private static JsonObject Finding(Framework framework, RequirementEvidence requirement, EvidenceFinding finding, string observation) => new()
    {
        ["uuid"] = Uuid(),
        ["title"] = finding.Title.En,
        ["description"] = finding.Message.En,
        ["target"] = new JsonObject
        {
            ["type"] = "objective-id",
            ["target-id"] = $"{Control(framework, requirement)}_{finding.Check}",
            ["status"] = new JsonObject
            {
                ["state"] = finding.State == RequirementState.Holds ? "satisfied" : "not-satisfied",
                ["reason"] = finding.State switch { RequirementState.Holds => "pass", RequirementState.Fails => "fail", _ => "other" },
            },
        },
        ["related-observations"] = new JsonArray(new JsonObject { ["observation-uuid"] = observation }),
    };

    private static JsonObject Attestation(Framework framework, RequirementEvidence requirement, Attestation attestation)
    {
        var part = new JsonObject
        {
            ["name"] = "attestation",
            ["title"] = $"{requirement.Requirement}: attested by {attestation.AttestedBy} ({attestation.Side}) until {attestation.ValidUntil.ToString("O", CultureInfo.InvariantCulture)}",
            ["props"] = Props(("control-id", Control(framework, requirement)), ("side", attestation.Side), ("valid-until", attestation.ValidUntil.ToString("O", CultureInfo.InvariantCulture))),
            ["prose"] = attestation.Statement,
        };
        if (attestation.DocumentSha256 is { } sha256)
        {
            part["props"]!.AsArray().Add(Props(("document-sha256", sha256))[0]!.DeepClone());
        }

        return part;
    }

    private static JsonArray Props(params (string Name, string Value)[] props) =>
        new([.. props.Select(p => new JsonObject { ["name"] = p.Name, ["ns"] = "urn:beffroi:oscal", ["value"] = p.Value })]);

    private static JsonObject Metadata(string title, FrameworkEvidence evidence) => new()
    {
        ["title"] = title,
        ["last-modified"] = Time(evidence.At),
        ["version"] = evidence.At.ToString("yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture),
        ["oscal-version"] = Version,
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    // OSCAL knows versions 4 and 5 only.
    private static string Uuid() => Guid.NewGuid().ToString("D");
}
