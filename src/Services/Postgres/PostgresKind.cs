namespace Beffroi.Services.Postgres;

/// <summary>The fixed names of this service.</summary>
internal static class PostgresKind
{
    /// <summary>The resource kind, the work kind and the image's name.</summary>
    internal const string Name = "postgres";

    /// <summary>The database and the role made at creation.</summary>
    internal const string Application = "app";

    /// <summary>The availability of one node.</summary>
    internal const string Single = "single";

    /// <summary>The availability of three nodes that acknowledges no commit alone.</summary>
    internal const string Strict = "ha-strict";

    /// <summary>The TCP port.</summary>
    internal const int Port = 5432;

    /// <summary>The purpose of the key that the data volume is encrypted with.</summary>
    internal const string VolumeKey = "volume";
}
