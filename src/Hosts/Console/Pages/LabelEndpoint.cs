using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Stating what a space's data are.</summary>
internal static class LabelEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit, string space) =>
        Page(visit, space, (await visit.Api.GetAsync(visit.Space(space) + "/policy", WireJson.Default.SpacePolicy)).Label, null);

    public static async Task<IResult> StateAsync(Visit visit, string space)
    {
        var field = await visit.FormAsync();
        var label = new SpaceLabel(
            field("controller"), Ticked("secret", SpaceLabel.Secrets), Is("essentialMission"), Ticked("harms", SpaceLabel.AllHarms),
            Is("personal"), Is("health"), Is("snds"), Is("r9Chosen"), Is("selfHosted"), Is("evaluation"));
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(visit.Space(space) + "/label", label, WireJson.Default.SpaceLabel, WireJson.Default.SpacePolicy),
            Back(space), problem => Task.FromResult<IResult>(Page(visit, space, label, problem)));

        bool Is(string name) => field(name) == "on";

        List<string> Ticked(string name, IReadOnlyList<string> known) => [.. known.Where(value => Is(Field(name, value)))];
    }

    /// <summary>What the checkbox of one of several values is called.</summary>
    public static string Field(string name, string value) => name + "-" + value;

    private static string Back(string space) => "/console/spaces/" + Visit.Name(space);

    private static HtmlPage<LabelPage> Page(Visit visit, string space, SpaceLabel label, ProblemDocument? problem) => new(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = ConsoleTexts.Fill(visit.Frame.Texts.LabelTitle, space), Path = Back(space) + "/label" },
        ["Space"] = Visit.Name(space),
        ["Label"] = label,
        ["Problem"] = problem,
    });
}
