using System.Security.Cryptography;
using System.Text;
using Beffroi.Agent.Files;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>The authorities that PostgreSQL believes clients' certificates of, where the customer has some: theirs, and that of the database's own nodes.</summary>
internal sealed class ClientAuthorities(Account postgres)
{
    /// <summary>Since when PostgreSQL believes the present ones and no others: a session of before may have come by one that was taken away.</summary>
    internal static DateTime ReadAt => File.GetLastWriteTimeUtc(PostgresPaths.ClientAuthoritiesRead);

    /// <summary>Of the file as it is; empty where there is none.</summary>
    internal static string Digest => File.Exists(PostgresPaths.ClientAuthorities) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(PostgresPaths.ClientAuthorities))) : "";

    /// <summary>Ensures the file of them. Whether it changed.</summary>
    internal bool Write(PostgresConfiguration configuration)
    {
        if (configuration.ClientAuthorities.Count == 0)
        {
            return false;
        }

        var authorities = configuration.ClientAuthorities.Select(pem =>
            CustomerAuthority.Parse(pem)?.Pem ?? throw new InvalidOperationException("The configuration has a client authority in a form that is not accepted."));
        var nodes = configuration.Cluster is null ? [] : File.ReadAllBytes(PeerCertificate.AuthorityIn(PostgresPaths.Peer));
        return PrivateFile.Write(PostgresPaths.ClientAuthorities, [.. nodes, .. Encoding.ASCII.GetBytes(string.Concat(authorities))], postgres);
    }

    /// <summary>Notes that PostgreSQL has read its settings, and with them the file as it is now; where the customer has none any more, the file goes.</summary>
    internal static void NoteRead(PostgresConfiguration configuration)
    {
        if (configuration.ClientAuthorities.Count == 0)
        {
            File.Delete(PostgresPaths.ClientAuthorities);
            File.Delete(PostgresPaths.ClientAuthoritiesRead);
            return;
        }

        PrivateFile.Write(PostgresPaths.ClientAuthoritiesRead, Encoding.ASCII.GetBytes(Digest), Account.Root);
    }
}
