using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary><c>status</c>: what of this machine's installation runs.</summary>
internal static class StatusCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var command = new Command("status", "Show what of this machine's installation runs (as root); exit code 0 when all of it does");
        command.SetAction(async (result, cancellationToken) =>
        {
            var installation = InstallationName.FromEnvironment();
            if (UpRecord.Load(installation) is not { } record)
            {
                throw new CliException($"There is no installation {installation.Name} on this machine. Make one: ./beffroi up", ExitCode.NotFound);
            }

            using var log = SetupLog.None(TimeProvider.System);
            var services = await Supervisor.StatusAsync(new ProcessRunner(log), installation, cancellationToken);
            using var api = new ApiClient(new UriBuilder("https", "localhost", record.ApiPort).Uri, Certificates.CaFile(installation), bearerToken: null);
            var ready = await api.ProbeAsync("/readyz", cancellationToken) == HttpStatusCode.OK;
            var incus = await Incus.VersionAsync(record.IncusSocket, cancellationToken);
            if (result.GetValue(options.Output) == "json")
            {
                var json = new JsonObject
                {
                    ["installation"] = installation.Name,
                    ["api"] = api.Server.ToString(),
                    ["ready"] = ready,
                    ["incus"] = incus,
                    ["services"] = new JsonObject(services.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.Status))),
                };
                terminal.Out.WriteLine(json.ToJsonString());
            }
            else
            {
                Columns.Pairs(
                    terminal.Out,
                    [
                        ("installation", installation.Name),
                        ("API", api.Server + (ready ? " ready" : " not ready")),
                        ("Incus", incus is null ? "does not answer" : incus + (record.OwnsIncus ? ", ours" : ", was here before")),
                        .. services.Select(s => (s.Name, (string?)s.Status)),
                    ]);
            }

            return ready && incus is not null ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
