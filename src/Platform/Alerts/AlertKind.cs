namespace Beffroi.Platform.Alerts;

/// <summary>A kind of alert.</summary>
/// <param name="Name">In kebab case; part of the API.</param>
/// <param name="Severity">One of <see cref="AlertSeverity"/>.</param>
/// <param name="English">A title.</param>
/// <param name="French">The title in French.</param>
public sealed record AlertKind(string Name, string Severity, string English, string French)
{
    /// <summary>The conditions that raise it by themselves; none where a part of the platform does.</summary>
    internal IReadOnlyList<AlertRule> Rules { get; init; } = [];

    /// <summary>The title in a language, <c>en</c> or <c>fr</c>.</summary>
    public string Title(string language) => language == "fr" ? French : English;
}

/// <summary>When a condition that doesn't hold is an alert.</summary>
/// <param name="Condition">Its type.</param>
/// <param name="Reasons">Only with one of these; null for any.</param>
/// <param name="Hold">For how long it must not have held: against flapping, and against what passes by itself.</param>
/// <param name="States">Only while the resource's status is in one of these; null for any but sealed.</param>
internal sealed record AlertRule(string Condition, IReadOnlyList<string>? Reasons = null, TimeSpan Hold = default, IReadOnlyList<string>? States = null)
{
    /// <summary>Whether it applies to a condition that does not hold.</summary>
    /// <param name="type">The condition's.</param>
    /// <param name="reason">The condition's.</param>
    /// <param name="state">The resource's; null for a space.</param>
    /// <param name="lasted">Since the condition last held.</param>
    public bool Applies(string type, string reason, string? state, TimeSpan lasted) =>
        Condition == type && lasted >= Hold && Reasons?.Contains(reason) != false && (States is null ? state is not ("sealed" or "deleting") : state is not null && States.Contains(state));
}
