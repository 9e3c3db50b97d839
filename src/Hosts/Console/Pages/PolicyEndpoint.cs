using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Where the organization lets its data be, and the derogations that it records.</summary>
internal static class PolicyEndpoint
{
    private const string Here = "/console/policy";

    // More than all that the API takes, so that it says what is too much.
    private const int LongestField = 25_000;

    public static async Task<IResult> ShowAsync(Visit visit) => await ShowAsync(visit, await ReadAsync(visit), null, Empty, null);

    public static async Task<IResult> LimitAsync(Visit visit)
    {
        var field = await visit.FormAsync(LongestField);
        var wanted = new PolicyLimits(
            Some(field("countries").Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
            Some(field("sites").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(visit.Root + "/policy/limits", wanted, WireJson.Default.PolicyLimits, WireJson.Default.PolicyLimits),
            Here, async problem => await ShowAsync(visit, await ReadAsync(visit), wanted, Empty, problem));
    }

    public static async Task<IResult> RecordAsync(Visit visit)
    {
        var field = await visit.FormAsync(LongestField);
        var known = await ReadAsync(visit);
        // A day that is none is one long past, which the API refuses with what it takes.
        var typed = new DerogationForm(field("name"), new PutDerogation(
            [.. known.Rules.Where(rule => field(DerogationForm.Field(rule.Id)) == "on").Select(rule => rule.Id)], field("space"), field("authority"), field("reference"), field("publication"),
            DateOnly.TryParseExact(field("expires"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : DateOnly.MinValue));
        // One that is there is somebody's record: it is removed first, not written over.
        return known.Derogations.Any(d => d.Name == typed.Name)
            ? await ShowAsync(visit, known, null, typed, null, exists: true)
            : await Visit.ChangeAsync(
                () => visit.Api.PutAsync(Api(visit, typed.Name), typed.Wanted, WireJson.Default.PutDerogation, WireJson.Default.Derogation),
                Here, problem => ShowAsync(visit, known, null, typed, problem));
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string name) => Removal(visit, await FindAsync(visit, name)).Page(visit);

    public static async Task<IResult> RemoveAsync(Visit visit, string name)
    {
        await visit.FormAsync();
        var derogation = await FindAsync(visit, name);
        return await Visit.ChangeAsync(
            () => visit.Api.RequestAsync(HttpMethod.Delete, Api(visit, name), WireJson.Default.Derogation),
            Here, problem => Task.FromResult(Removal(visit, derogation).Page(visit, problem)));
    }

    private static DerogationForm Empty => new("", new PutDerogation([], "", "", "", "", DateOnly.MinValue));

    private static string[]? Some(string[] values) => values.Length > 0 ? values : null;

    private static string Api(Visit visit, string name) => visit.Named("policy/derogations", name);

    private static async Task<IReadOnlyList<PolicyRule>> RulesAsync(Visit visit) =>
        [.. (await visit.Api.GetAsync("/v1/policy/rules", WireJson.Default.PagePolicyRule)).Items.Where(rule => rule.Derogable)];

    private static async Task<Known> ReadAsync(Visit visit) => new(await RulesAsync(visit), await DerogationsAsync(visit));

    private static async Task<IReadOnlyList<Derogation>> DerogationsAsync(Visit visit) => (await visit.Api.GetAsync(visit.Root + "/policy/derogations", WireJson.Default.PageDerogation)).Items;

    private static async Task<Derogation> FindAsync(Visit visit, string name) =>
        (await DerogationsAsync(visit)).FirstOrDefault(d => d.Name == name) ?? throw ApiRefusalException.NotFound("There is no such derogation.");

    private static async Task<IResult> ShowAsync(Visit visit, Known known, PolicyLimits? typed, DerogationForm derogation, ProblemDocument? problem, bool exists = false) =>
        new HtmlPage<PolicyPage>(problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.OwnPolicy, Path = Here },
            ["Limits"] = typed ?? await visit.Api.GetAsync(visit.Root + "/policy/limits", WireJson.Default.PolicyLimits),
            ["Derogations"] = known.Derogations,
            ["Rules"] = known.Rules,
            ["Typed"] = derogation,
            ["Problem"] = problem,
            ["Exists"] = exists,
        });

    private static Confirmation Removal(Visit visit, Derogation derogation)
    {
        var t = visit.Frame.Texts;
        return new(
            ConsoleTexts.Fill(t.RemoveDerogationTitle, derogation.Name), Here + "/derogations/" + Visit.Name(derogation.Name), Here, t.OwnPolicy,
            $"{string.Join(", ", derogation.Rules)} · {derogation.Space} · {derogation.Authority}, {derogation.Reference} ({derogation.Publication}) · {derogation.Expires:yyyy-MM-dd}. {t.RemoveDerogationMore}",
            t.RemoveDerogation, "beffroi policy derogation remove " + derogation.Name, Danger: true);
    }

    /// <summary>What the page shows of what there is, read once a request.</summary>
    private sealed record Known(IReadOnlyList<PolicyRule> Rules, IReadOnlyList<Derogation> Derogations);
}
