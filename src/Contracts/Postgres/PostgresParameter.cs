namespace Beffroi.Contracts.Postgres;

/// <summary>A setting of PostgreSQL that a customer may set. Values are written as in postgresql.conf, with their unit: <c>64MB</c>, <c>5min</c>.</summary>
/// <param name="Name">e.g. <c>work_mem</c>.</param>
/// <param name="Type"><c>bool</c>, <c>integer</c>, <c>real</c>, <c>enum</c> or <c>string</c>, as PostgreSQL has it.</param>
/// <param name="Unit">PostgreSQL's own unit, e.g. <c>kB</c> or <c>ms</c>; null if it is a bare number or no number.</param>
/// <param name="Min">The least value; null if it is no number.</param>
/// <param name="Max">The greatest value, for the size and storage that were asked about; null if it is no number.</param>
/// <param name="Special">A value outside of the range that means something else, e.g. <c>-1</c>; null for none.</param>
/// <param name="Allowed">The values that it can have, of <c>pgaudit.log</c> the words of which it can have several; null if it is a number or the name of a role.</param>
/// <param name="Default">What it is when it is not set; null if that follows from the size.</param>
/// <param name="NeedsRestart">Whether a change takes effect only when PostgreSQL restarts.</param>
/// <param name="Description">What it does.</param>
public sealed record PostgresParameter(
    string Name, string Type, string? Unit, string? Min, string? Max, string? Special, IReadOnlyList<string>? Allowed, string? Default, bool NeedsRestart, string Description);

/// <summary>An extension of PostgreSQL that a customer may have.</summary>
/// <param name="Name">e.g. <c>vector</c>.</param>
/// <param name="Description">What it is for.</param>
public sealed record PostgresExtensionOffer(string Name, string Description);
