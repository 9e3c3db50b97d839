namespace Beffroi.Agent.Backup;

/// <summary>Where backup keeps things; all on the encrypted volume.</summary>
internal static class BackupPaths
{
    internal const string Directory = "/data/backup";
    internal const string Tls = Directory + "/tls";
    internal const string Authority = Tls + "/authority.pem";
    internal const string Configuration = Directory + "/pgbackrest.conf";
    internal const string DrillConfiguration = Directory + "/drill.conf";
    internal const string Spool = Directory + "/spool";
    internal const string Keys = Directory + "/keys";
    internal const string Drills = Directory + "/drills";

    /// <summary>Read by the archive command: the database's names in the repository, a line each.</summary>
    internal const string Stanza = Directory + "/stanza";

    /// <summary>What the last attempt to restore into this node had to say; empty while it is under way and after one that went well.</summary>
    internal const string RestoreLog = Directory + "/restore.log";

    internal const string Repository = "/data/repository";
    internal const string DrillData = "/data/drill";
    internal const string Unit = "beffroi-backup.service";
    internal const string Program = "/usr/bin/pgbackrest";

    /// <summary>Makes a directory, then runs the rest of its arguments with their errors in a file.</summary>
    internal const string Into = "/usr/lib/beffroi/into";

    /// <summary>pgBackRest's TLS server (its default port).</summary>
    internal const int Port = 8432;
}
