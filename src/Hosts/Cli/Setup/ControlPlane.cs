using System.Net;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Hosts.Cli.Api;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>The services of the control plane: the store, beffroi-host and beffroid.</summary>
internal static class ControlPlane
{
    public const string Advice = "The services' own logs say more: server/current and host/current beside the log named below. Then run this again.";

    public static async Task<string?> StartStoreAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var made = await Store.EnsureClusterAsync(context, cancellationToken);
        if (!context.Record.ExternalStore)
        {
            var settings = Hash(Store.DirectoryOf(context.Installation) + "/conf.d/beffroi.conf", Store.DirectoryOf(context.Installation) + "/pg_hba.conf");
            await Supervisor.EnsureServiceAsync(context, Service.Store(context.Installation), settings, cancellationToken);
            await Supervisor.StartAsync(context, cancellationToken);
            await Waiting.UntilAsync(
                () => Store.AnswersAsync(context, cancellationToken),
                TimeSpan.FromSeconds(60),
                "The store did not accept connections within 60 s.",
                cancellationToken,
                () => LogTail(context, "store"));
            await Store.EnsureDatabaseAsync(context, cancellationToken);
        }

        return made;
    }

    public static async Task<string?> StartAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        var release = new FileInfo(context.Programs).LinkTarget + "\n";
        await Supervisor.EnsureServiceAsync(
            context,
            Service.Host(installation, context.Programs, context.Record.IncusSocket),
            release + Hash(ConfigurationFiles.HostFile(installation)),
            cancellationToken);
        await Supervisor.EnsureServiceAsync(
            context,
            Service.Server(installation, context.Programs, !context.Record.ExternalStore),
            release + Hash(ConfigurationFiles.ServerFile(installation), Certificates.ServerFile(installation)),
            cancellationToken);
        await Supervisor.StartAsync(context, cancellationToken);

        using var api = new ApiClient(Address(context), Certificates.CaFile(installation), bearerToken: null);
        await Waiting.UntilAsync(
            async () => await api.ProbeAsync("/readyz", cancellationToken) == HttpStatusCode.OK,
            TimeSpan.FromSeconds(90),
            $"The API at {Address(context)} was not ready within 90 s.",
            cancellationToken,
            () => [.. LogTail(context, "host"), .. LogTail(context, "server")]);
        return Address(context).ToString();
    }

    public static Uri Address(SetupContext context) => new UriBuilder("https", "localhost", context.Record.ApiPort).Uri;

    /// <summary>The operator's interface.</summary>
    public static Uri OperatorAddress(SetupContext context) => new UriBuilder("https", "localhost", context.Record.OperatorPort).Uri;

    private static IReadOnlyList<string> LogTail(SetupContext context, string service)
    {
        var log = $"{context.Installation.Logs}/{service}/current";
        return File.Exists(log) ? [.. File.ReadLines(log).TakeLast(8).Select(line => service + ": " + line)] : [];
    }

    private static string Hash(params IEnumerable<string> files)
    {
        var text = new StringBuilder();
        foreach (var file in files)
        {
            text.Append(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))).Append('\n');
        }

        return text.ToString();
    }
}
