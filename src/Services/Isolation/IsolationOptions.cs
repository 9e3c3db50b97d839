namespace Beffroi.Services.Isolation;

/// <summary>What the slice is told at start.</summary>
/// <param name="Installation">The installation's name, for evidence.</param>
/// <param name="ApiPorts">TCP ports of the API, the customers' and the operator's, which no instance may reach.</param>
/// <param name="IntervalHours">Hours between two verifications of a space by schedule; 0 for none.</param>
public sealed record IsolationOptions(string Installation, IReadOnlyList<int> ApiPorts, int IntervalHours);
