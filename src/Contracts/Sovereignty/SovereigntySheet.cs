using Beffroi.Contracts.Evidence;

namespace Beffroi.Contracts.Sovereignty;

/// <summary>
/// How sovereign a zone is by the European Union's Cloud Sovereignty Framework 1.2.1: of each of the eight objectives the level (SEAL) that the operator gives itself, what stands behind it, and what contradicts it. Nobody
/// but the operator gives a level.
/// </summary>
/// <param name="Zone">Of which zone.</param>
/// <param name="At">When it was made, UTC.</param>
/// <param name="Objectives">All eight, in the framework's order.</param>
/// <param name="NotStated">Ids of the objectives of which the operator has stated no level.</param>
/// <param name="Total">Over all objectives; null while one isn't stated.</param>
/// <param name="Levels">What the levels mean.</param>
public sealed record SovereigntySheet(
    string Zone, DateTimeOffset At, IReadOnlyList<SovereigntyObjective> Objectives, IReadOnlyList<string> NotStated, SovereigntyTotal? Total, IReadOnlyList<SovereigntyLevel> Levels);

/// <summary>A level of the framework.</summary>
/// <param name="Level">0 to 4: SEAL-0 to SEAL-4.</param>
/// <param name="Text">What it means, in this project's words.</param>
public sealed record SovereigntyLevel(int Level, LocalText Text);

/// <summary>An objective.</summary>
/// <param name="Id"><c>SOV-1</c> to <c>SOV-8</c>.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Weight">Its part of the whole, in percent.</param>
/// <param name="Stated">What the operator stated last; null if it never stated anything.</param>
/// <param name="ContradictedBy">What is declared or in the register and can't be if the stated level holds.</param>
/// <param name="NotDeclared">What would have to be known for the stated level to hold, and nobody declared.</param>
/// <param name="Facts">What stands behind it, whatever is stated.</param>
public sealed record SovereigntyObjective(
    string Id,
    LocalText Title,
    int Weight,
    StatedLevel? Stated,
    IReadOnlyList<LevelDoubt> ContradictedBy,
    IReadOnlyList<LevelDoubt> NotDeclared,
    IReadOnlyList<SovereigntyFact> Facts);

/// <summary>A level that the operator gives itself.</summary>
/// <param name="Level">0 to 4: SEAL-0 to SEAL-4.</param>
/// <param name="Why">Its reasons.</param>
/// <param name="By">Who of the operator's people stated it.</param>
/// <param name="At">When, UTC.</param>
public sealed record StatedLevel(int Level, LocalText Why, string By, DateTimeOffset At);

/// <summary>A rule that speaks against a stated level.</summary>
/// <param name="Rule">Its id.</param>
/// <param name="Text">What the rule says, in this project's words.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Found">What was found, or that nothing was.</param>
public sealed record LevelDoubt(string Rule, LocalText Text, LocalText Source, LocalText Found);

/// <summary>Something that is known.</summary>
/// <param name="Source"><c>zone</c> (the operator's declaration of the zone), <c>register</c> (of what the installation depends on) or <c>platform</c> (this installation's own configuration).</param>
/// <param name="Text">What.</param>
/// <param name="ChangedAt">When the operator declared or entered it, UTC; null if nobody had to.</param>
public sealed record SovereigntyFact(string Source, LocalText Text, DateTimeOffset? ChangedAt = null);

/// <summary>All objectives together. It says less than they do: one that is low is not made up for by others that are high.</summary>
/// <param name="Mean">Of the stated levels, each with its objective's weight, 0 to 4.</param>
/// <param name="Lowest">The lowest stated level.</param>
/// <param name="Contradicted">Of how many objectives something contradicts the stated level.</param>
public sealed record SovereigntyTotal(decimal Mean, int Lowest, int Contradicted);

/// <summary>What the operator states of an objective, in the place of what it stated before, which is kept.</summary>
/// <param name="Level">0 to 4: SEAL-0 to SEAL-4.</param>
/// <param name="Why">1 to 2000 characters in each language.</param>
public sealed record PutStatedLevel(int? Level, LocalText Why);
