using System.Net;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Resources;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>What a database's node and its space's repository prove themselves to each other by.</summary>
internal static class BackupPeer
{
    /// <summary>The backup tool knows instances by their id as common name, and by their address.</summary>
    public static ServerIdentity Of(ResourceRow row, Guid instance, IPAddress address) => new(
        new CertificateNames(instance.ToString("D"), [], [address]), AuthorityId.SpacePeers(row.Space.Id, row.Space.OrganizationId));
}
