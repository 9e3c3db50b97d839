namespace Beffroi.Hosts.WebConsole;

/// <summary>How the console behaves.</summary>
public sealed record ConsoleOptions
{
    /// <summary>A session that isn't used for so long is ended.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The longest that a session lasts, however much it is used.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How often idle sessions are looked for.</summary>
    public TimeSpan Sweep { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a page waits for the API.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Sessions kept at most; who signs in beyond that ends the one that was used least recently. At least 1.</summary>
    public int MostSessions { get; init; } = 5000;

    /// <summary>Sessions of one person kept at most. At least 1.</summary>
    public int MostPerPerson { get; init; } = 10;
}
