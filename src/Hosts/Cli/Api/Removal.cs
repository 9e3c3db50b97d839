using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>Removes something at once, and says so.</summary>
internal static class Removal
{
    /// <param name="session">Where.</param>
    /// <param name="list">The path of those of its kind.</param>
    /// <param name="name">Which of them.</param>
    /// <param name="answer">How the server's answer is read.</param>
    /// <param name="done">What to say to a person.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<int> RunAsync<T>(Session session, string list, string name, JsonTypeInfo<T> answer, string done, CancellationToken cancellationToken)
    {
        await session.Api.ChangeAsync<PutMember, T>(
            HttpMethod.Delete, list + "/" + Uri.EscapeDataString(name), null, ApiClient.Wire.PutMember, answer, Preconditions.None, cancellationToken);
        return session.Confirm(new JsonObject { ["removed"] = name }, done);
    }
}
