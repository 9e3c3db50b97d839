namespace Beffroi.Platform.Alerts;

/// <summary>
/// Something that needs a person's attention. It leaves the platform by webhook and e-mail, so it has names, conditions and times in it, and never a secret or what a customer stores.
/// </summary>
/// <param name="Kind">The name of one of <see cref="Conditions.AlertKinds.All"/>, which has the title.</param>
/// <param name="Severity">One of <see cref="AlertSeverity"/>.</param>
/// <param name="Subject">What it is about: <c>SPACE/KIND/NAME</c>, <c>SPACE</c> or the organization's name; at most 200 characters.</param>
/// <param name="Text">What the title doesn't say, in a few words; at most 500 characters.</param>
public sealed record Alert(string Kind, string Severity, string Subject, string Text)
{
    /// <summary>Tells it from others of the organization that are open: while one is, it isn't raised again. By default kind and subject.</summary>
    public string Key { get; init; } = Kind + "/" + Subject;

    /// <summary>In which space; null if it concerns the organization.</summary>
    public Guid? SpaceId { get; init; }

    /// <summary>On which resource; null if on none.</summary>
    public Guid? ResourceId { get; init; }

    /// <summary>The type of the condition that resolves it by holding again; null if whoever raised it resolves it.</summary>
    public string? Condition { get; init; }

    /// <summary>Since when, UTC; null for now.</summary>
    public DateTimeOffset? Since { get; init; }
}
