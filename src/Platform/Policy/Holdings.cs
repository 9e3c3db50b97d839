using Beffroi.Contracts.Policy;

namespace Beffroi.Platform.Policy;

/// <summary>
/// Who holds how much of a zone's operator, directly and through others: shares are multiplied along each chain and added. Pure. The shares are those of a <see cref="ZoneDeclaration"/> that was checked: no chain
/// comes back to itself, and nobody's holders have more than all of it.
/// </summary>
/// <param name="shares">All that is declared.</param>
/// <param name="of">Of the capital, or of the votes, in percent.</param>
internal sealed class Holdings(IReadOnlyList<ZoneOwner> shares, Func<ZoneOwner, decimal> of)
{
    // The operator itself; nobody has this name.
    private const string Operator = "";
    private readonly ILookup<string, ZoneOwner> _in = shares.ToLookup(s => s.Through ?? Operator, StringComparer.Ordinal);
    private readonly ILookup<string, ZoneOwner> _by = shares.ToLookup(s => s.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, decimal> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (decimal Outside, decimal Undeclared)> _below = new(StringComparer.Ordinal);

    /// <summary>Of the operator, what one holder has, in percent.</summary>
    public decimal Of(string holder)
    {
        if (!_held.TryGetValue(holder, out var held))
        {
            held = _held[holder] = _by[holder].Sum(s => of(s) / 100 * (s.Through is { } through ? Of(through) : 100));
        }

        return held;
    }

    /// <summary>What holders outside the EU have together, in percent. A share is counted once, where a chain from the operator meets the first of them.</summary>
    public decimal Outside => Below(Operator).Outside;

    /// <summary>What nobody declared who holds it, in percent: of the operator, and of holders within the EU whose holders are declared in part.</summary>
    public decimal Undeclared => Below(Operator).Undeclared;

    /// <summary>The holder outside the EU that has most; null if there is none.</summary>
    public (string Name, decimal Share)? Largest => shares.Where(s => s.OutsideEu).Select(s => s.Name).Distinct(StringComparer.Ordinal)
        .Select(name => ((string Name, decimal Share)?)(name, Of(name))).OrderByDescending(h => h!.Value.Share).ThenBy(h => h!.Value.Name, StringComparer.Ordinal).FirstOrDefault();

    private (decimal Outside, decimal Undeclared) Below(string company)
    {
        if (_below.TryGetValue(company, out var known))
        {
            return known;
        }

        var holders = _in[company].ToList();
        var (outside, undeclared) = (0m, holders.Count > 0 ? 100 - holders.Sum(of) : company == Operator ? 100m : 0m);
        foreach (var holder in holders)
        {
            var through = holder.OutsideEu ? (Outside: 100m, Undeclared: 0m) : Below(holder.Name);
            outside += of(holder) / 100 * through.Outside;
            undeclared += of(holder) / 100 * through.Undeclared;
        }

        return _below[company] = (outside, undeclared);
    }
}
