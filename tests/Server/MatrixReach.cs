namespace Beffroi.Server.Tests;

/// <summary>Where a caller of the matrix holds what they hold. What paths name lies in the space eval, and is the PostgreSQL db there.</summary>
public enum MatrixReach
{
    /// <summary>In their organization.</summary>
    Organization,

    /// <summary>In another space of it alone.</summary>
    OtherSpace,

    /// <summary>On the PostgreSQL db alone.</summary>
    Resource,
}
