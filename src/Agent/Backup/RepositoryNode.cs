using System.Text;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Files;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;
using Grpc.Core;
using Grpc.Net.Client;

namespace Beffroi.Agent.Backup;

/// <summary>Keeps this instance a repository: its server runs, and lets in whom the configuration names. What is to be done in it is <see cref="RepositoryWork"/>'s.</summary>
internal sealed class RepositoryNode(string instanceId, RepositoryWork work, TimeProvider time)
{
    private readonly Account _postgres = Account.Of("postgres");
    private PeerCertificate? _certificate;
    private bool _first = true;

    /// <summary>Ensures the configuration. Throws with a message for a person when something is not there yet.</summary>
    internal async Task ApplyAsync(RepositoryConfiguration configuration, GrpcChannel? connection, CancellationToken cancellationToken)
    {
        foreach (var directory in new[] { BackupPaths.Directory, BackupPaths.DrillData })
        {
            PrivateFile.Directory(directory, _postgres);
        }

        // Once it is there the host has it append-only: not even its owner can be set again.
        if (!Directory.Exists(BackupPaths.Repository))
        {
            PrivateFile.Directory(BackupPaths.Repository, _postgres);
        }

        PrivateFile.Directory(BackupPaths.Keys, Account.Root);
        PrivateFile.Directory(BackupPaths.Drills, Account.Root);
        var renewed = await (_certificate ??= new PeerCertificate(BackupPaths.Tls, _postgres, instanceId, time, ofSpace: true)).EnsureAsync(connection, cancellationToken);
        var (passphrases, missing) = await PassphrasesAsync(configuration, connection, cancellationToken);
        var changed = PrivateFile.Write(BackupPaths.Configuration, Encoding.ASCII.GetBytes(PgBackRestConfiguration.Repository(configuration, passphrases)), _postgres);
        PrivateFile.Write(BackupPaths.DrillConfiguration, Encoding.ASCII.GetBytes(PgBackRestConfiguration.Drill(configuration, passphrases)), _postgres);
        if (_first)
        {
            // It began before this instance knew what it is.
            await SystemUnit.StopAsync("beffroi-etcd.service", cancellationToken);
            _first = false;
        }

        await BackupServer.EnsureAsync(PgBackRestConfiguration.LetsIn(configuration, passphrases).Any(), changed || renewed, cancellationToken);

        work.Want(configuration, passphrases.Keys.ToHashSet());
        if (missing is not null)
        {
            throw new InvalidOperationException(missing);
        }
    }

    /// <summary>What is the case now.</summary>
    internal RepositoryFacts Gather(bool applied)
    {
        var facts = new RepositoryFacts { Serving = applied };
        facts.Stanzas.AddRange(work.Facts);
        return facts;
    }

    // Kept on the encrypted volume, so that backups go on while the control plane is away; gone from it when the database is.
    private static async Task<(Dictionary<string, string> Found, string? Missing)> PassphrasesAsync(
        RepositoryConfiguration configuration, GrpcChannel? connection, CancellationToken cancellationToken)
    {
        var wanted = configuration.Stanzas.Select(s => s.Name).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(BackupPaths.Keys).Where(f => !wanted.Contains(Path.GetFileName(f))).ToList())
        {
            File.Delete(file);
        }

        var found = new Dictionary<string, string>();
        string? missing = null;
        foreach (var name in wanted)
        {
            var path = BackupPaths.Keys + "/" + name;
            if (!File.Exists(path))
            {
                try
                {
                    var reply = connection is null
                        ? throw new InvalidOperationException("Waiting for the control plane to give the passphrase of a database's backups.")
                        : await ControlPlane.Client(connection).ReadSecretAsync(
                            new SecretRequest { Name = "backup/" + name }, deadline: DateTime.UtcNow.AddSeconds(15), cancellationToken: cancellationToken);
                    PrivateFile.Write(path, reply.Value.Span, Account.Root);
                }
                catch (Exception e) when (e is RpcException or InvalidOperationException)
                {
                    // One database's sealed key doesn't stop the others' backups.
                    missing = e is RpcException rpc ? rpc.Status.Detail : e.Message;
                    continue;
                }
            }

            found.Add(name, await File.ReadAllTextAsync(path, cancellationToken));
        }

        return (found, missing);
    }
}
