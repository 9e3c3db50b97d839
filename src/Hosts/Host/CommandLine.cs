using System.Runtime.InteropServices;
using Beffroi.Infrastructure;
using Beffroi.Infrastructure.Images;
using Beffroi.Infrastructure.Incus;
using Beffroi.Infrastructure.Network;
using Beffroi.Kernel;
using HostOptions = Beffroi.Infrastructure.HostOptions;

namespace Beffroi.Hosts.Host;

/// <summary>
/// <c>beffroi-host [--config FILE] [serve | prepare | import-image | stop-all | cleanup]</c>. Serving is the process; the other verbs are
/// for root's own hand and for <c>up</c> and <c>down</c>: they never pass through the socket, so they may take paths.
/// </summary>
internal static class CommandLine
{
    private const string Usage = """
        Usage: beffroi-host [--config FILE] VERB
          serve                                          answer beffroid on the installation's socket (the default)
          prepare --pool-size 40GiB | --pool NAME        ensure the storage pool
          import-image --kind KIND --metadata TAR --rootfs TAR   put an image in place, print its fingerprint
          stop-all                                       stop every instance in order, then lock every volume
          cleanup                                        remove all that this installation made on the host
        The configuration is FILE, or $BEFFROI_CONFIG, or /etc/beffroi/host.json.
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        if (Parse(args) is not { } command)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var (verb, values) = command;
        var options = HostOptions.Load(values.GetValueOrDefault("config") ?? Environment.GetEnvironmentVariable("BEFFROI_CONFIG") ?? "/etc/beffroi/host.json");
        if (verb == "serve")
        {
            await using var server = await HostServer.StartAsync(options, CancellationToken.None);
            await server.WaitForShutdownAsync();
            return 0;
        }

        using var stop = new CancellationTokenSource();
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        using var incus = new IncusClient(options.IncusSocket);
        try
        {
            await RunAsync(verb, values, options, incus, stop.Token);
            return 0;
        }
        catch (IncusException e)
        {
            throw new InfrastructureException("Incus says: " + e.Message, e);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped. Run it again to finish.");
            return 130;
        }
    }

    private static async Task RunAsync(
        string verb, Dictionary<string, string> values, HostOptions options, IncusClient incus, CancellationToken cancellationToken)
    {
        var installation = new Installation(options.Installation);
        var pools = new StoragePools(installation, incus);
        switch (verb)
        {
            case "prepare" when values.TryGetValue("pool", out var pool):
                await pools.CheckAsync(pool, cancellationToken);
                break;
            case "prepare" when ByteSize.TryParse(values.GetValueOrDefault("pool-size"), out var size):
                await pools.EnsureOwnAsync(size, cancellationToken);
                break;
            case "prepare":
                throw new InfrastructureException("--pool-size is a size such as 40GiB.");
            case "import-image":
                var import = new ImageImport(installation, options.Pool, incus);
                Console.WriteLine(await import.RunAsync(values["kind"], values["metadata"], values["rootfs"], cancellationToken));
                break;
            case "stop-all":
                await new StopAll(installation, incus).RunAsync(Console.WriteLine, cancellationToken);
                break;
            default:
                await new Cleanup(installation, incus, new PacketFilter(installation, options.ToSubnet(), options.AgentPort, new SpacePolicies(installation), TimeProvider.System))
                    .RunAsync(what => Console.WriteLine("removed " + what), cancellationToken);
                break;
        }
    }

    /// <summary>The verb and its options; null when that is not a command.</summary>
    private static (string Verb, Dictionary<string, string> Values)? Parse(IReadOnlyList<string> args)
    {
        string? verb = null;
        var values = new Dictionary<string, string>();
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Count && values.TryAdd(args[i][2..], args[i + 1]))
            {
                i++;
            }
            else if (verb is null && !args[i].StartsWith('-'))
            {
                verb = args[i];
            }
            else
            {
                return null;
            }
        }

        verb ??= "serve";
        var given = values.Keys.Where(k => k != "config").Order().ToList();
        string[][] expected = verb switch
        {
            "serve" or "stop-all" or "cleanup" => [[]],
            "prepare" => [["pool"], ["pool-size"]],
            "import-image" => [["kind", "metadata", "rootfs"]],
            _ => [],
        };
        return expected.Any(e => e.SequenceEqual(given)) ? (verb, values) : null;
    }
}
