namespace Beffroi.Platform.Http;

/// <summary>How the API behaves.</summary>
public sealed record ApiOptions
{
    /// <summary>Whether answers without an authorization decision or a ledger entry are turned into failures. On in test builds.</summary>
#if DEBUG
    public bool Guarded { get; init; } = true;
#else
    public bool Guarded { get; init; }
#endif

    /// <summary>Failed sign-ins from one address within <see cref="FailureWindow"/> before it is made to wait. At least 1.</summary>
    public int FailuresAllowed { get; init; } = 30;

    /// <summary>The time over which failed sign-ins are counted and then written to the ledger in one entry.</summary>
    public TimeSpan FailureWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Sign-ins with a password to one account that may fail before it is locked: for <see cref="FailureWindow"/>, and twice as long after each further failure, up to
    /// <see cref="LongestLock"/>. At least 1.
    /// </summary>
    public int AccountFailuresAllowed { get; init; } = 5;

    /// <summary>The longest that an account is locked for failed sign-ins.</summary>
    public TimeSpan LongestLock { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A refused sign-in with a password takes a whole number of these: longer than the work, so that nothing can be read from it.</summary>
    public TimeSpan RefusalTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Rounds of PBKDF2 with HMAC-SHA-512 by which a new password's digest is made; by default OWASP's number. No configuration changes it.</summary>
    public int PasswordRounds { get; init; } = 210_000;

    /// <summary>How long a device waits between two questions whether its user has agreed (RFC 8628).</summary>
    public TimeSpan DeviceInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an event stream is silent before a comment shows that it lives.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often an event stream looks for changes when no hint came.</summary>
    public TimeSpan EventSweep { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an event stream may last; the client then resumes with Last-Event-ID.</summary>
    public TimeSpan LongestStream { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Event streams open at once to one principal.</summary>
    public int StreamsPerPrincipal { get; init; } = 32;

    /// <summary>Where images' bills of materials lie, one <c>DIGEST.cdx.json</c> an image.</summary>
    public required string ImagesDirectory { get; init; }

    /// <summary>The host's package database, from which the register takes versions.</summary>
    public string PackageDatabase { get; init; } = "/var/lib/dpkg/status";
}
