using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The form that creates a PostgreSQL.</summary>
internal static class NewDatabaseEndpoint
{
    private static readonly JsonSerializerOptions Indented = new(WireJson.Default.Options) { WriteIndented = true };

    /// <summary>Empty, or as an address says: then with the command that does the same.</summary>
    public static async Task<IResult> ShowAsync(Visit visit, string space)
    {
        var at = await SpaceAsync(visit, space);
        return await PageAsync(visit, at, visit.Http.Request.Query.ContainsKey("name") ? NewDatabaseForm.Of(visit.Query) : NewDatabaseForm.Empty, null);
    }

    public static async Task<IResult> CreateAsync(Visit visit, string space)
    {
        var field = await visit.FormAsync();
        var form = NewDatabaseForm.Of(field);
        if (field("show") == "command")
        {
            return new SeeOther($"/console/spaces/{ApiClient.Segment(space)}/new-postgres{form.Query}");
        }

        var at = await SpaceAsync(visit, space);

        try
        {
            // An empty name would be another address of the API's.
            var made = await visit.Api.CreateAsync(
                visit.Postgres(space, form.Name.Length > 0 ? form.Name : "-"), new PutResource<PostgresSpec>(form.Spec), WireJson.Default.PutResourcePostgresSpec,
                WireJson.Default.ResourcePostgresSpecPostgresStatus);
            return new SeeOther(Visit.PageOf(made));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 412 or 422)
        {
            return await PageAsync(visit, at, form, refusal.Problem);
        }
    }

    private static Task<Space> SpaceAsync(Visit visit, string space) => visit.Api.GetAsync(visit.Space(space), WireJson.Default.Space);

    private static async Task<IResult> PageAsync(Visit visit, Space space, NewDatabaseForm form, ProblemDocument? problem) => new HtmlPage<NewDatabasePage>(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.NewDatabase, Path = $"/console/spaces/{space.Name}/new-postgres", Scripts = [ScriptFiles.Preview] },
        ["Space"] = space,
        ["Typed"] = form,
        ["Problem"] = problem,
        ["Plan"] = DatabasePlan.Of(form.Spec, await QuotaAsync(visit, visit.Space(space.Name)), await QuotaAsync(visit, visit.Root), (await visit.Api.GetAsync("/v1/price-list", WireJson.Default.PriceLists)).Current),
        ["Command"] = form.Command(space.Organization, space.Name) ?? visit.Frame.Texts.NoCommand,
        ["Request"] = $"PUT {visit.Postgres(space.Name, form.Name.Length > 0 ? form.Name : NewDatabaseForm.NoName)}\nIf-None-Match: *\nContent-Type: application/json\n\n"
            + JsonSerializer.Serialize(new PutResource<PostgresSpec>(form.Spec), Indented.GetTypeInfo(typeof(PutResource<PostgresSpec>))),
    });

    /// <summary>Null where this person may not see it.</summary>
    private static async Task<Quota?> QuotaAsync(Visit visit, string of)
    {
        try
        {
            return await visit.Api.GetAsync(of + "/quota", WireJson.Default.Quota);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 404)
        {
            return null;
        }
    }
}
