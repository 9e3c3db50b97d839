using Beffroi.Contracts.Evidence;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Looks at one thing of an organization that software can show. Reads only, and is safe for concurrent use on different connections.</summary>
internal interface IEvidenceCheck
{
    /// <summary>What it looks at, always the same.</summary>
    CheckDescription Description { get; }

    /// <summary>Looks. What can't be looked at now is an exception: what was found before becomes stale then.</summary>
    Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken);
}

/// <summary>What a check looks at.</summary>
/// <param name="Name">As in the API: <c>isolation-verified</c>.</param>
/// <param name="Title">What is checked.</param>
/// <param name="Means">How, and what it does not show.</param>
/// <param name="Enforced">Whether software refuses the opposite; else it is somebody's choice.</param>
/// <param name="Requirements">Of which requirements it shows something: FRAMEWORK/REQUIREMENT.</param>
internal sealed record CheckDescription(string Name, LocalText Title, LocalText Means, bool Enforced, params IReadOnlyList<string> Requirements)
{
    /// <summary>How long an observation may be relied on. Checks run every minute.</summary>
    public TimeSpan GoodFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The ledger's actions that tell of it beside the check's own.</summary>
    public IReadOnlyList<string> LedgerActions { get; init; } = [];

    /// <summary>What is configured that it judges by: names of <see cref="Configuration.ConfigurationFiles"/>.</summary>
    public required IReadOnlyList<string> JudgesBy { get; init; }
}

/// <summary>What a check saw.</summary>
/// <param name="Holds">Null where there is nothing to judge yet.</param>
/// <param name="Message">What is the case.</param>
internal sealed record Observation(bool? Holds, LocalText Message)
{
    /// <summary>Of when the oldest thing behind it is; null for now.</summary>
    public DateTimeOffset? ObservedAt { get; init; }

    /// <summary>What is behind it, as the API's paths.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];
}
