namespace Beffroi.Platform.Identity;

/// <summary>Who is calling.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">For people and the ledger.</param>
/// <param name="OrganizationId">The customer's organization; null for one of the operator's people.</param>
public sealed record Principal(Guid Id, string Name, Guid? OrganizationId)
{
    /// <summary>Whether one of the operator's.</summary>
    public bool IsOperator => OrganizationId is null;
}
