using System.Globalization;
using System.Text;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Backup;

/// <summary>
/// What pgBackRest reads. Pure. Source: pgBackRest 2.55 «Configuration Reference»; each side proves itself by TLS with its instance's id as
/// common name, and may do so for the stanzas that <c>tls-server-auth</c> gives it.
/// </summary>
internal static class PgBackRestConfiguration
{
    /// <summary>A database node's: pushes to the repository, lets it read the data directory.</summary>
    internal static string Node(PostgresConfiguration configuration)
    {
        var text = new StringBuilder("[global]\n");
        var (address, id) = configuration.Backup is { } target
            ? (target.RepositoryAddress, target.RepositoryId)
            : (configuration.Restore.RepositoryAddress, configuration.Restore.RepositoryId);
        Common(text, configuration.ListenAddress);
        Remote(text, "repo1-host", address);
        Line(text, "archive-async", "y");
        Line(text, "spool-path", BackupPaths.Spool);
        Line(text, "process-max", Number(Math.Max(1, configuration.Cpus / 2)));
        if (configuration.Backup is { } backup)
        {
            IReadOnlyList<string> stanzas = [backup.Stanza, .. backup.Also];
            Line(text, "tls-server-auth", id + "=" + string.Join(',', stanzas.Select(Checked)));
            // A push that hears nothing gives up and comes again: with the tool's half an hour, WAL would wait as long behind it.
            text.Append("\n[global:archive-push]\n");
            Line(text, "db-timeout", "30");
            Line(text, "protocol-timeout", "60");
            foreach (var stanza in stanzas)
            {
                Local(text, stanza, configuration.MajorVersion);
            }
        }

        if (configuration.Restore is { } restore && restore.Stanza != configuration.Backup?.Stanza && configuration.Backup?.Also.Contains(restore.Stanza) is not true)
        {
            Local(text, restore.Stanza, configuration.MajorVersion);
        }

        return text.ToString();
    }

    /// <summary>The repository's; <paramref name="passphrases"/> by stanza: a stanza without one is left out.</summary>
    internal static string Repository(RepositoryConfiguration configuration, IReadOnlyDictionary<string, string> passphrases)
    {
        var text = new StringBuilder("[global]\n");
        Common(text, configuration.ListenAddress);
        Store(text, configuration);
        foreach (var client in LetsIn(configuration, passphrases))
        {
            Line(text, "tls-server-auth", client.Key + "=" + string.Join(',', client.Select(Checked)));
        }

        foreach (var stanza in configuration.Stanzas.Where(s => passphrases.ContainsKey(s.Name)))
        {
            Section(text, stanza.Name, passphrases[stanza.Name]);
            for (var i = 0; i < stanza.Nodes.Count; i++)
            {
                var prefix = "pg" + Number(i + 1);
                Remote(text, prefix + "-host", stanza.Nodes[i].Address);
                Line(text, prefix + "-path", PostgresPaths.Data(stanza.MajorVersion));
                Line(text, prefix + "-socket-path", PostgresPaths.Socket);
            }
        }

        return text.ToString();
    }

    /// <summary>The instances that a repository lets in, each with the stanzas that it may do something for.</summary>
    internal static IEnumerable<IGrouping<string, string>> LetsIn(RepositoryConfiguration configuration, IReadOnlyDictionary<string, string> passphrases) => configuration.Stanzas
        .Where(s => passphrases.ContainsKey(s.Name))
        .SelectMany(s => s.Nodes.Select(n => n.Id).Concat(s.Readers).Distinct().Select(id => (Id: id, s.Name)))
        .GroupBy(pair => pair.Id, pair => pair.Name);

    /// <summary>As <see cref="Repository"/>, but restoring below <see cref="BackupPaths.DrillData"/> on the repository's own volume.</summary>
    internal static string Drill(RepositoryConfiguration configuration, IReadOnlyDictionary<string, string> passphrases)
    {
        var text = new StringBuilder("[global]\n");
        General(text);
        Store(text, configuration);
        foreach (var stanza in configuration.Stanzas.Where(s => passphrases.ContainsKey(s.Name)))
        {
            Section(text, stanza.Name, passphrases[stanza.Name]);
            Line(text, "pg1-path", BackupPaths.DrillData + "/" + stanza.Name);
        }

        return text.ToString();
    }

    private static void Common(StringBuilder text, string address)
    {
        Line(text, "tls-server-address", address);
        Line(text, "tls-server-ca-file", BackupPaths.Authority);
        Line(text, "tls-server-cert-file", BackupPaths.Tls + "/chain.pem");
        Line(text, "tls-server-key-file", BackupPaths.Tls + "/key.pem");
        General(text);
    }

    private static void General(StringBuilder text)
    {
        Line(text, "compress-type", "zst");
        Line(text, "compress-level", "3");
        Line(text, "log-level-console", "off");
        Line(text, "log-level-stderr", "warn");
        Line(text, "log-level-file", "off");
        // A peer that is away is noticed before a person would.
        Line(text, "io-timeout", "20");
    }

    private static void Store(StringBuilder text, RepositoryConfiguration configuration)
    {
        Line(text, "repo1-path", BackupPaths.Repository);
        Line(text, "repo1-bundle", "y");
        Line(text, "repo1-block", "y");
        Line(text, "start-fast", "y");
        Line(text, "archive-check", "y");
        Line(text, "archive-timeout", "60");
        // Expiry is decided by retention and locks together, see BackupPlan.
        Line(text, "expire-auto", "n");
        Line(text, "repo1-retention-full", "9999999");
        Line(text, "process-max", Number(Math.Clamp(configuration.ProcessMax, 1, 32)));
    }

    private static void Section(StringBuilder text, string stanza, string passphrase)
    {
        text.Append("\n[").Append(Checked(stanza)).Append("]\n");
        Line(text, "repo1-cipher-type", "aes-256-cbc");
        Line(text, "repo1-cipher-pass", passphrase);
    }

    private static void Local(StringBuilder text, string stanza, int majorVersion)
    {
        text.Append("\n[").Append(Checked(stanza)).Append("]\n");
        Line(text, "pg1-path", PostgresPaths.Data(majorVersion));
        Line(text, "pg1-socket-path", PostgresPaths.Socket);
    }

    private static void Remote(StringBuilder text, string option, string address)
    {
        Line(text, option, System.Net.IPAddress.Parse(address).ToString());
        Line(text, option + "-type", "tls");
        Line(text, option + "-ca-file", BackupPaths.Authority);
        Line(text, option + "-cert-file", BackupPaths.Tls + "/chain.pem");
        Line(text, option + "-key-file", BackupPaths.Tls + "/key.pem");
        Line(text, option + "-config", BackupPaths.Configuration);
    }

    private static void Line(StringBuilder text, string option, string value) => text.Append(option).Append('=').Append(value).Append('\n');

    private static string Checked(string stanza) =>
        Guid.TryParseExact(stanza, "N", out _) ? stanza : throw new InvalidOperationException("The configuration names a stanza in a way that is not accepted.");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
