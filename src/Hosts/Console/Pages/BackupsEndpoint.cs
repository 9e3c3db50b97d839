using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A PostgreSQL's backups and drills: shows them, has one made, restores to a new database.</summary>
internal static class BackupsEndpoint
{
    public static Task<IResult> ShowAsync(Visit visit, string space, string name) => ShowAsync(visit, space, name, null, "", visit.Query("at"));

    public static async Task<IResult> BackUpAsync(Visit visit, string space, string name)
    {
        var drill = (await visit.FormAsync())("what") == "drill";
        try
        {
            var path = visit.Postgres(space, name);
            await (drill
                ? visit.Api.RequestAsync(HttpMethod.Post, path + "/drills", WireJson.Default.PostgresBackupRequest)
                : visit.Api.PostAsync(path + "/backups", new CreatePostgresBackup(), WireJson.Default.CreatePostgresBackup, WireJson.Default.PostgresBackupRequest));
            return new SeeOther($"/console/spaces/{ApiClient.Segment(space)}/postgres/{ApiClient.Segment(name)}/backups");
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 422)
        {
            return await ShowAsync(visit, space, name, refusal.Problem, "", "");
        }
    }

    public static async Task<IResult> RestoreAsync(Visit visit, string space, string name)
    {
        var field = await visit.FormAsync();
        var (to, at) = (field("to"), field("at"));
        DateTimeOffset? moment = null;
        if (at.Length > 0)
        {
            if (!DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed))
            {
                var wrong = new ProblemDocument("urn:beffroi:problem:invalid-request", "The request is not valid", 422, "", null, [new("at", "This is not a moment.", "e.g. 2026-11-27 08:30:00, in UTC")]);
                return await ShowAsync(visit, space, name, wrong, to, at);
            }

            moment = parsed;
        }

        try
        {
            var made = await visit.Api.PostAsync(
                visit.Postgres(space, name) + "/restores", new RestorePostgres(to, moment), WireJson.Default.RestorePostgres, WireJson.Default.ResourcePostgresSpecPostgresStatus);
            return new SeeOther(Visit.PageOf(made));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 409 or 422)
        {
            return await ShowAsync(visit, space, name, refusal.Problem, to, at);
        }
    }

    private static async Task<IResult> ShowAsync(Visit visit, string space, string name, ProblemDocument? problem, string to, string at)
    {
        var path = visit.Postgres(space, name);
        var backups = await visit.Api.GetAsync(path + "/backups", WireJson.Default.PostgresBackups);
        return new HtmlPage<BackupsPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Live(backups.Running is not null || backups.Pending.Count > 0) with
            {
                Title = string.Format(CultureInfo.InvariantCulture, visit.Frame.Texts.BackupsTitle, name),
                Path = $"/console/spaces/{ApiClient.Segment(space)}/postgres/{ApiClient.Segment(name)}/backups",
            },
            ["Here"] = $"/console/spaces/{ApiClient.Segment(space)}/postgres/{ApiClient.Segment(name)}",
            ["Name"] = name,
            ["Backups"] = backups,
            ["Drills"] = await visit.Api.GetAsync(path + "/drills", WireJson.Default.IReadOnlyListPostgresDrill),
            ["Problem"] = problem,
            ["To"] = to,
            ["At"] = at,
        });
    }

}
