namespace Beffroi.Platform.Identity;

/// <summary>Which of the two directories, which share nothing: not their tables, tokens, listeners, roles or permissions.</summary>
public enum Side
{
    /// <summary>Customers' users and service accounts, on the public listener.</summary>
    Customer,

    /// <summary>The operator's people, on the administration listener.</summary>
    Operator,
}

/// <summary>Who is calling.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">For people and the ledger.</param>
/// <param name="CredentialId">The token that was shown; it is looked at again when rights are decided on.</param>
/// <param name="IsServiceAccount">Whether a program and not a person.</param>
public abstract record Principal(Guid Id, string Name, Guid CredentialId, bool IsServiceAccount)
{
    /// <summary>Whether one of the operator's.</summary>
    public bool IsOperator => this is OperatorPrincipal;

    /// <summary>The customer's organization; null for one of the operator's people.</summary>
    public virtual Guid? OrganizationId => null;
}

/// <summary>A customer's user or service account.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">Unique in the organization.</param>
/// <param name="CredentialId">The token that was shown.</param>
/// <param name="Organization">Its organization's id.</param>
/// <param name="IsServiceAccount">Whether a program and not a person.</param>
public sealed record CustomerPrincipal(Guid Id, string Name, Guid CredentialId, Guid Organization, bool IsServiceAccount = false) : Principal(Id, Name, CredentialId, IsServiceAccount)
{
    /// <inheritdoc/>
    public override Guid? OrganizationId => Organization;
}

/// <summary>One of the operator's people, or a program of theirs.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">Unique among the operator's.</param>
/// <param name="CredentialId">The token that was shown.</param>
/// <param name="IsServiceAccount">Whether a program and not a person.</param>
public sealed record OperatorPrincipal(Guid Id, string Name, Guid CredentialId, bool IsServiceAccount = false) : Principal(Id, Name, CredentialId, IsServiceAccount);
