namespace Beffroi.Contracts;

/// <summary>Whom a token belongs to.</summary>
/// <param name="Name">The principal's name.</param>
/// <param name="Side"><c>operator</c> or <c>customer</c>.</param>
/// <param name="Organization">A customer's organization; null for the operator's people.</param>
public sealed record WhoAmI(string Name, string Side, string? Organization);
