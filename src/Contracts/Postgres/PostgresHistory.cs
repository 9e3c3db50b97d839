namespace Beffroi.Contracts.Postgres;

/// <summary>What was measured of a PostgreSQL's nodes over a time.</summary>
/// <param name="Name">Of the PostgreSQL.</param>
/// <param name="From">The beginning of the first point's time, UTC.</param>
/// <param name="To">The end of the last one's.</param>
/// <param name="StepSeconds">How much time a point stands for.</param>
/// <param name="Nodes">The primary first.</param>
public sealed record PostgresHistory(string Name, DateTimeOffset From, DateTimeOffset To, int StepSeconds, IReadOnlyList<PostgresHistoryNode> Nodes);

/// <summary>A node's part of it.</summary>
/// <param name="Name">Of the node.</param>
/// <param name="Role"><c>primary</c> or <c>replica</c> as it is now; null where that is not known.</param>
/// <param name="Answered">Whether its agent answered. Nothing of it is kept anywhere else.</param>
/// <param name="Series">In the order in which they were asked for; none where it did not answer.</param>
public sealed record PostgresHistoryNode(string Name, string? Role, bool Answered, IReadOnlyList<PostgresHistorySeries> Series);

/// <summary>A series: a number for each step of <see cref="PostgresHistory.StepSeconds"/> from <see cref="PostgresHistory.From"/> on, null where nothing was measured.</summary>
/// <param name="Metric">Its name, e.g. <c>cpu</c>.</param>
/// <param name="Unit">What the numbers are: <c>count</c>, <c>share</c> (0 to 1), <c>bytes</c>, <c>bytes-per-second</c>, <c>per-second</c>, <c>per-minute</c>, <c>seconds</c> or <c>processors</c>.</param>
/// <param name="Average">The mean of the step's measurements.</param>
/// <param name="Minimum">The least of them.</param>
/// <param name="Maximum">The most.</param>
public sealed record PostgresHistorySeries(string Metric, string Unit, IReadOnlyList<float?> Average, IReadOnlyList<float?> Minimum, IReadOnlyList<float?> Maximum);
