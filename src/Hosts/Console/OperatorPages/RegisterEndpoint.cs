using Beffroi.Contracts;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>The register of what the installation depends on, and asking what stops if somebody does. It changes nothing, so the question is an address.</summary>
internal static class RegisterEndpoint
{
    public const string Default = "supplier";

    /// <summary>Of entries, those that can be listed.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Default, "hardware", "service", "licence", "software", "beffroi-service"];

    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var kind = visit.Query("kind") is var asked && Kinds.Contains(asked) ? asked : Default;
        var entries = visit.Api.GetAsync($"{OperatorApi.Register}/entries?kind={kind}", WireJson.Default.PageRegisterEntry);
        var suppliers = kind == Default ? entries : visit.Api.GetAsync($"{OperatorApi.Register}/entries?kind={Default}", WireJson.Default.PageRegisterEntry);
        var (supplier, country) = (visit.Query("supplier"), visit.Query("country").ToUpperInvariant());
        Simulation? simulation = null;
        ProblemDocument? problem = null;
        if (supplier.Length + country.Length > 0)
        {
            try
            {
                simulation = await visit.Api.GetAsync(
                    $"{OperatorApi.Register}/simulation" + QueryString.Create(new[] { ("supplier", supplier), ("country", country) }.Where(q => q.Item2.Length > 0).Select(q => KeyValuePair.Create(q.Item1, (string?)q.Item2))),
                    WireJson.Default.Simulation);
            }
            catch (ApiRefusalException refusal) when (refusal.Problem.Status == 400)
            {
                problem = refusal.Problem;
            }
        }

        return new HtmlPage<RegisterPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.RegisterTitle },
            ["Kind"] = kind,
            ["Entries"] = (await entries).Items,
            ["Suppliers"] = (await suppliers).Items,
            ["Supplier"] = supplier,
            ["Country"] = country,
            ["Simulated"] = simulation,
            ["Problem"] = problem,
        });
    }
}
