namespace Beffroi.Contracts.Lockbox;

/// <summary>The words that a lockbox request is made of.</summary>
public static class LockboxTerms
{
    /// <summary>What the platform measured of the resource, in numbers.</summary>
    public const string Metrics = "metrics";

    /// <summary>What the platform knows of the resource: its spec, state and conditions, what its agents report, its last operations. Nothing of what is in it.</summary>
    public const string Diagnostics = "diagnostics";

    /// <summary>The newest lines that the resource's agents logged of their own work and what failed in it. They may name databases and roles; the log of a database is not among them.</summary>
    public const string Logs = "logs";

    /// <summary>What can be asked for. Data is not among it.</summary>
    public static IReadOnlyList<string> Accesses { get; } = [Metrics, Diagnostics, Logs];

    /// <summary>Why one may ask.</summary>
    public static IReadOnlyList<string> Reasons { get; } = ["support-case", "incident", "maintenance", "security", "third-party-legal-order"];

    /// <summary>In minutes.</summary>
    public const int Shortest = 5;

    /// <summary>In minutes: a working day.</summary>
    public const int Longest = 480;

    /// <summary>In minutes: how long the infrastructure's inventory may be open to two of the operator's people.</summary>
    public const int LongestBreakGlass = 240;

    /// <summary>In minutes: how long it is where nobody says.</summary>
    public const int UsualBreakGlass = 60;

    /// <summary>The kind of a key in a file on a machine of its holder's.</summary>
    public const string MachineKey = "machine";

    /// <summary>The kind of a passkey's.</summary>
    public const string PasskeyKey = "passkey";

    /// <summary>The name that a member's key has.</summary>
    public static string KeyName(string organization, string account) => organization + "/" + account;

    /// <summary>What a passkey signs to show that it is its holder's to register: of another form than any consent.</summary>
    public static string Registration(string key) => "beffroi lockbox key v1\nkey " + key + "\n";
}
