namespace Beffroi.Platform.Alerts;

/// <summary>How urgent an alert is. The words are part of the API.</summary>
public static class AlertSeverity
{
    /// <summary>Somebody should look in the next days.</summary>
    public const string Warning = "warning";

    /// <summary>Somebody should look now: data or service is at stake.</summary>
    public const string Critical = "critical";

    /// <summary>Both, the least first.</summary>
    public static IReadOnlyList<string> All { get; } = [Warning, Critical];
}
