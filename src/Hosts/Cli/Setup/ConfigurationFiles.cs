using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>server.json and host.json: what the two processes are told.</summary>
internal static class ConfigurationFiles
{
    /// <summary>Readable for beffroid's group as well, where the file is given to it.</summary>
    public const UnixFileMode Group = PrivateFiles.OwnerOnly | UnixFileMode.GroupRead;

    public static string ServerFile(Installation installation) => installation.Configuration + "/server.json";

    public static string HostFile(Installation installation) => installation.Configuration + "/host.json";

    public static async Task<string?> EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        var record = context.Record;
        using var token = AccessTokens.Ensure(AccessTokens.AdministratorFile(installation));
        var present = File.Exists(ServerFile(installation)) ? JsonNode.Parse(await File.ReadAllTextAsync(ServerFile(installation), cancellationToken))!.AsObject() : null;
        var server = new JsonObject
        {
            ["Installation"] = installation.Name,
            ["Listen"] = $"0.0.0.0:{record.ApiPort}",
            ["AdminListen"] = $"127.0.0.1:{record.OperatorPort}",
            ["Certificate"] = Certificates.ServerFile(installation),
            ["CertificateKey"] = Certificates.ServerKeyFile(installation),
            ["Store"] = StoreConnection(context),
            ["AgentPort"] = record.AgentPort,
            ["SpaceRange"] = record.SpaceRange,
            ["OutboundNetworks"] = new JsonArray([.. record.OutboundNetworks.Select(n => JsonValue.Create(n))]),
            ["AdministratorTokenSha256"] = AccessTokens.Sha256(token),
            ["KeysDirectory"] = installation.State + "/server/keys",
            ["KeyProviders"] = new JsonArray([SoftToken.Describe(installation), .. OtherProviders(present)]),
            // An installation from before there were providers goes on as it began, until somebody decides otherwise.
            ["DefaultKeyProvider"] = present is null ? SoftToken.Provider : (string?)present["DefaultKeyProvider"] ?? "software",
            ["Zone"] = new JsonObject { ["Spares"] = record.Spares },
            ["ImagesDirectory"] = installation.State + "/images",
        };
        foreach (var kept in (string[])["DefaultSafeguards", "KeyRetirementSeconds", "MailRelay"])
        {
            if (present?[kept] is { } value)
            {
                server[kept] = value.DeepClone();
            }
        }

        if (Environment.GetEnvironmentVariable("BEFFROI_FAULT_DIRECTORY") is { Length: > 0 } faults)
        {
            // For the end-to-end tests, which order crashes there.
            server["FaultDirectory"] = faults;
        }

        if (Environment.GetEnvironmentVariable("BEFFROI_DELETION_GRACE_HOURS") is { Length: > 0 } grace && int.TryParse(grace, out var hours))
        {
            // For tests and benchmarks, which want their disk back.
            server["DefaultSafeguards"] = new JsonObject { ["DeletionGraceHours"] = hours };
        }

        var host = new JsonObject
        {
            ["Installation"] = installation.Name,
            ["SpaceRange"] = record.SpaceRange,
            ["AgentPort"] = record.AgentPort,
            ["StoragePool"] = record.Pool ?? installation.StoragePool,
            ["IncusSocket"] = record.IncusSocket,
            ["Encryption"] = "auto",
        };
        var changed = PrivateFiles.WriteIfDifferent(HostFile(installation), Text(host));
        changed |= PrivateFiles.WriteIfDifferent(ServerFile(installation), Text(server), Group);
        await context.Processes.RunAsync("chown", ["root:" + installation.User, ServerFile(installation)], cancellationToken);
        return changed ? null : "unchanged";
    }

    private static string StoreConnection(SetupContext context) =>
        context.Record.ExternalStore
            ? File.ReadAllText(ExternalStoreFile(context.Installation)).Trim()
            : Store.ConnectionString(context.Installation);

    /// <summary>Where a connection string given by <c>--store</c> is kept, for root alone.</summary>
    public static string ExternalStoreFile(Installation installation) => installation.Configuration + "/store.connection";

    // The operator's own, which stay as they are.
    private static IEnumerable<JsonNode> OtherProviders(JsonObject? present) =>
        (present?["KeyProviders"]?.AsArray() ?? []).OfType<JsonObject>().Where(p => (string?)p["Name"] != SoftToken.Provider).Select(p => p.DeepClone());

    private static string Text(JsonObject json) => json.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n";
}
