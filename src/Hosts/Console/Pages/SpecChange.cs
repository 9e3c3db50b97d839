using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Changes one thing of what is asked for of a PostgreSQL, whatever the rest is meanwhile.</summary>
internal static class SpecChange
{
    /// <summary>How often the tag may have changed meanwhile.</summary>
    public const int Attempts = 5;

    /// <summary>From what it is now.</summary>
    /// <exception cref="ApiRefusalException">The API refuses, or others go on changing it.</exception>
    public static async Task<Resource<PostgresSpec, PostgresStatus>> ApplyAsync(Visit visit, string space, string name, Func<PostgresSpec, PostgresSpec> change)
    {
        for (var attempt = 1; ; attempt++)
        {
            var database = await visit.Api.GetAsync(visit.Postgres(space, name), WireJson.Default.ResourcePostgresSpecPostgresStatus);
            try
            {
                await visit.Api.ChangeAsync(
                    visit.Postgres(space, name), database.Etag, new PutResource<PostgresSpec>(change(database.Spec), database.Labels), WireJson.Default.PutResourcePostgresSpec,
                    WireJson.Default.ResourcePostgresSpecPostgresStatus);
                return database;
            }
            catch (ApiRefusalException refusal) when (refusal.Problem.Status == 412 && attempt < Attempts)
            {
                // The tag changes with what is observed, too.
            }
        }
    }
}
