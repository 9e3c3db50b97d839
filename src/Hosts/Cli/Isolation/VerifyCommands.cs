using System.CommandLine;
using Beffroi.Hosts.Cli.Encryption;
using Beffroi.Hosts.Cli.Evidence;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Postgres.Backup;

namespace Beffroi.Hosts.Cli.Isolation;

/// <summary><c>verify</c>: promises that are checked by trying.</summary>
internal static class VerifyCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) => new("verify", "Check promises by trying to break them, and evidence of that offline")
    {
        VerifyIsolation.Command(options, terminal),
        VerifyIsolation.List(options, terminal),
        VerifyIsolation.Show(options, terminal),
        VerifyEvidence.Command(options, terminal),
        VerifyEncryption.Command(options, terminal),
        VerifyBackups.Create(options, terminal),
    };
}
