namespace Beffroi.Kernel;

/// <summary>
/// One aspect of a resource's observed state, in the manner of Kubernetes' API conventions: a type, whether it holds,
/// a reason for programs and a message for people. Changing conditions is a pure function over their list.
/// </summary>
/// <param name="Type">What is spoken of, in Pascal case, e.g. <c>Ready</c>, <c>VolumeEncrypted</c>.</param>
/// <param name="Holds">True, false, or null where it isn't known yet.</param>
/// <param name="Reason">One word in Pascal case, for programs.</param>
/// <param name="Message">A sentence for a person: what is the case, and if it is being retried, what and when.</param>
/// <param name="Since">When <paramref name="Holds"/> last changed (UTC).</param>
public sealed record Condition(string Type, bool? Holds, string Reason, string Message, DateTimeOffset Since)
{
    /// <summary>
    /// The list with <paramref name="next"/> in the place of the condition of its type; <see cref="Since"/> is kept where
    /// <see cref="Holds"/> has not changed.
    /// </summary>
    public static IReadOnlyList<Condition> Set(IReadOnlyList<Condition> conditions, Condition next)
    {
        var before = conditions.FirstOrDefault(c => c.Type == next.Type);
        var merged = before is not null && before.Holds == next.Holds ? next with { Since = before.Since } : next;
        return [.. conditions.Where(c => c.Type != next.Type), merged];
    }
}
