using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's own identity providers: registering one, and its end.</summary>
internal static class IdentityProvidersEndpoint
{
    private const string Here = "/console/identity-providers";
    private const int LongestField = 2100;

    public static Task<IResult> ListAsync(Visit visit) => ListAsync(visit, "", new PutIdentityProvider("", ""), null);

    public static async Task<IResult> CreateAsync(Visit visit)
    {
        var field = await visit.FormAsync(LongestField);
        var name = field("name");
        var wanted = new PutIdentityProvider(
            field("issuer"), field("clientId"), field("clientSecret"), null, Words(field("acrValues")), Words(field("secondFactorAcr")), Words(field("secondFactorAmr")), Required: field("required") == "on");
        // One that is there may have what this form hasn't, and nobody is to lose that by it.
        return await visit.Api.FindAsync(visit.Named("identity-providers", name), WireJson.Default.IdentityProvider) is not null
            ? await ListAsync(visit, name, wanted, null, exists: true)
            : await Visit.ChangeAsync(
                () => visit.Api.PutAsync(visit.Named("identity-providers", name), wanted, WireJson.Default.PutIdentityProvider, WireJson.Default.IdentityProvider),
                Path(name), problem => ListAsync(visit, name, wanted, problem));
    }

    public static async Task<IResult> ShowAsync(Visit visit, string name)
    {
        var provider = await ReadAsync(visit, name);
        return new HtmlPage<IdentityProviderPage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = ConsoleTexts.Fill(visit.Frame.Texts.IdentityProviderTitle, provider.Name), Path = Path(name) },
            ["Provider"] = provider,
            ["Origin"] = Origin(visit),
        });
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string name) => Removal(visit, await ReadAsync(visit, name)).Page(visit);

    public static async Task<IResult> RemoveAsync(Visit visit, string name)
    {
        var field = await visit.FormAsync();
        var provider = await ReadAsync(visit, name);
        return field("name") != provider.Name
            ? Removal(visit, provider).Page(visit, wrong: true)
            : await Visit.ChangeAsync(
                () => visit.Api.RequestAsync(HttpMethod.Delete, Api(visit, name), WireJson.Default.IdentityProvider),
                Here, problem => Task.FromResult(Removal(visit, provider).Page(visit, problem)));
    }

    private static string Path(string name) => Here + "/" + Visit.Name(name);

    private static string Api(Visit visit, string name) => visit.Named("identity-providers", name);

    private static Task<IdentityProvider> ReadAsync(Visit visit, string name) => visit.Api.GetAsync(Api(visit, name), WireJson.Default.IdentityProvider);

    private static string[] Words(string typed) => typed.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // As the person's own browser has it.
    private static string Origin(Visit visit) => "https://" + visit.Http.Request.Host;

    private static async Task<IResult> ListAsync(Visit visit, string name, PutIdentityProvider typed, ProblemDocument? problem, bool exists = false) =>
        new HtmlPage<IdentityProvidersPage>(problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.IdentityProviders, Path = Here },
            ["Providers"] = (await visit.Api.GetAsync(visit.Root + "/identity-providers", WireJson.Default.PageIdentityProvider)).Items,
            ["Origin"] = Origin(visit),
            ["Name"] = name,
            // A secret isn't sent back.
            ["Typed"] = typed with { ClientSecret = null },
            ["Problem"] = problem,
            ["Exists"] = exists,
        });

    private static Confirmation Removal(Visit visit, IdentityProvider provider)
    {
        var t = visit.Frame.Texts;
        return new(
            ConsoleTexts.Fill(t.RemoveIdentityProviderTitle, provider.Name), Path(provider.Name) + "/remove", Path(provider.Name), provider.Name, t.RemoveIdentityProviderMore, t.RemoveIdentityProvider,
            "beffroi identity-provider remove " + provider.Name, Danger: true, Type: provider.Name);
    }
}
