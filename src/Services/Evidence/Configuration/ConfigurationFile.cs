using System.Text.Json.Nodes;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Services.Evidence.Configuration;

/// <summary>
/// A file of a bundle with what is configured: what checks judge by. Only what the organization, or the operator for it, chose, and nothing that was observed: so it is the same to the byte until
/// somebody changes something, and two bundles can be compared. Of the organization alone, and only what the API shows to whoever has the permissions.
/// </summary>
/// <param name="Name">Of the file, without its ending.</param>
/// <param name="Title">For people.</param>
/// <param name="Permissions">What an account has to be allowed in the organization to see this elsewhere in the API, and so here.</param>
/// <param name="Lists">What is listed, in this order.</param>
internal sealed record ConfigurationFile(string Name, LocalText Title, IReadOnlyList<string> Permissions, params IReadOnlyList<ConfigurationList> Lists)
{
    /// <summary>What is set once for the organization; null for nothing.</summary>
    public Func<NpgsqlConnection, Guid, CancellationToken, Task<JsonObject>>? Settings { get; init; }

    /// <summary>Where it is in a bundle.</summary>
    public string Path => $"configuration/{Name}.json";

    /// <summary>Reads it.</summary>
    /// <param name="connection">In the caller's transaction.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="checks">Which checks judge by it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<JsonObject> ReadAsync(NpgsqlConnection connection, Guid organizationId, IEnumerable<string> checks, CancellationToken cancellationToken)
    {
        var content = new JsonObject
        {
            ["title"] = new JsonObject { ["en"] = Title.En, ["fr"] = Title.Fr },
            ["checks"] = new JsonArray([.. checks.Select(c => JsonValue.Create(c))]),
        };
        if (Settings is not null)
        {
            content["settings"] = await Settings(connection, organizationId, cancellationToken);
        }

        foreach (var list in Lists)
        {
            var rows = await list.ReadAsync(connection, organizationId, cancellationToken);
            if (rows.Count > ConfigurationList.Most)
            {
                rows.RemoveAt(ConfigurationList.Most);
                content[list.Name + "Truncated"] = true;
            }

            content[list.Name] = new JsonArray([.. rows.Select(row => JsonNode.Parse(row))]);
        }

        return content;
    }
}

/// <summary>A list in such a file.</summary>
/// <param name="name">Its member's name.</param>
/// <param name="sql">Gives a JSON object a row, in an order that stays. $1 is the organization, $2 the most rows.</param>
internal sealed class ConfigurationList(string name, string sql)
{
    /// <summary>The most that is listed.</summary>
    internal const int Most = 1000;

    public string Name => name;

    /// <summary>The rows, and one more where there are more.</summary>
    public Task<List<string>> ReadAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement(sql, organizationId, Most + 1).ListAsync(r => r.GetString(0), cancellationToken);
}
