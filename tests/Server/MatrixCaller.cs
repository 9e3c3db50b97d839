using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>One caller: the same token, shown on either side's listener.</summary>
/// <param name="Name">Who they are, in words.</param>
/// <param name="Account">The account's name.</param>
/// <param name="Side">Of which side.</param>
/// <param name="Own">Whether of the organization that paths name.</param>
/// <param name="Role">A built-in role; empty for none.</param>
/// <param name="Valid">Whether the token is.</param>
/// <param name="Customer">With it, at customers' listener.</param>
/// <param name="Operator">With it, at the operator's.</param>
public sealed record MatrixCaller(string Name, string Account, Side Side, bool Own, string Role, bool Valid, HttpClient Customer, HttpClient Operator)
{
    /// <summary>Where they hold it.</summary>
    public MatrixReach Reach { get; init; }

    /// <summary>Whether they ask on their own side's listener alone: that the other knows nobody of theirs, others have shown.</summary>
    public bool AtHome { get; init; }

    /// <summary>What one of a customer's holds there.</summary>
    public IReadOnlySet<string> Permissions { get => field ?? Roles.Permissions(Role); init; }

    public HttpClient On(Side side) => side == Side.Customer ? Customer : Operator;
}
