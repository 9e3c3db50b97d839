using Beffroi.Contracts.Sovereignty;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Policy;
using Npgsql;

namespace Beffroi.Platform.Sovereignty;

/// <summary>The sheet on how sovereign the zone is: what the operator stated, beside what is known. Safe for concurrent use.</summary>
internal sealed class SovereigntySheets(Register register, PlatformOptions options, TimeProvider time)
{
    /// <summary>As it is now.</summary>
    public async Task<SovereigntySheet> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var basis = new SealBasis(
            await ZoneTable.FindAsync(connection, options.Zone.Name, cancellationToken),
            await register.ReadAsync(connection, cancellationToken),
            [(SoftwareKeys.ProviderName, SoftwareKeys.ProviderName), .. options.KeyProviders.Select(p => (p.Name, p.Kind))],
            DateOnly.FromDateTime(now.UtcDateTime));
        return Of(SealBook.This, basis, await StatedLevels.ListAsync(connection, options.Zone.Name, cancellationToken), now);
    }

    /// <summary>From what is stated, by objective, and what is known.</summary>
    internal static SovereigntySheet Of(SealBook book, SealBasis basis, IReadOnlyDictionary<string, StatedLevel> stated, DateTimeOffset now)
    {
        // Asked once each: a simulation walks the whole register.
        var found = book.Rules.Where(r => r.Objectives.Any(o => stated.TryGetValue(o, out var s) && s.Level >= r.From)).ToDictionary(r => r.Id, r => SealRules.Check(r, basis), StringComparer.Ordinal);
        SovereigntyObjective[] objectives =
        [
            .. book.Objectives.Select(o =>
            {
                var one = stated.GetValueOrDefault(o.Id);
                var doubts = book.Rules.Where(r => r.Objectives.Contains(o.Id) && one?.Level >= r.From && found[r.Id] is not null)
                    .ToLookup(r => found[r.Id]!.Value.Contradicts, r => new LevelDoubt(r.Id, r.Text, r.Source, found[r.Id]!.Value.Found));
                return new SovereigntyObjective(o.Id, o.Title, o.Weight, one, [.. doubts[true]], [.. doubts[false]], SealFacts.Of(o.Id, basis));
            }),
        ];
        string[] notStated = [.. objectives.Where(o => o.Stated is null).Select(o => o.Id)];
        return new SovereigntySheet(basis.Zone.Name, now, objectives, notStated, notStated.Length > 0 ? null : Total(objectives), book.Levels);
    }

    private static SovereigntyTotal Total(IReadOnlyList<SovereigntyObjective> objectives) => new(
        decimal.Round(objectives.Sum(o => (decimal)o.Weight * o.Stated!.Level) / objectives.Sum(o => o.Weight), 2),
        objectives.Min(o => o.Stated!.Level),
        objectives.Count(o => o.ContradictedBy.Count > 0));
}
