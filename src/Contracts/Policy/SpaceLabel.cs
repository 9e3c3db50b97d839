namespace Beffroi.Contracts.Policy;

/// <summary>
/// What somebody states about the data of a space, for rules to be applied to. It holds for everything made in the space: databases, their backups, restores and logs.
/// </summary>
/// <param name="Controller">Who answers for the data: <c>state</c> (a State body), <c>operator</c> (a State operator), <c>listed-gip</c> (a public interest group on the State's list), <c>hospital</c> or <c>other</c>.</param>
/// <param name="Secret">
/// Secrets protected by law that the data are under, in the words of articles L. 311-5 and L. 311-6 of the Code des relations entre le public et l'administration: <c>government-deliberations</c>,
/// <c>national-defence</c>, <c>foreign-policy</c>, <c>state-security</c>, <c>judicial</c>, <c>private-life</c>, <c>medical</c>, <c>business</c>, or <c>other</c>.
/// </param>
/// <param name="EssentialMission">Whether essential missions of the State need them.</param>
/// <param name="Harms">What a breach could harm: <c>order</c>, <c>security</c>, <c>health-life</c>, <c>ip</c>.</param>
/// <param name="Personal">Whether they are about people who can be told.</param>
/// <param name="Health">Whether they are about health.</param>
/// <param name="Snds">Whether they come from the Système national des données de santé; then they are personal and about health.</param>
/// <param name="R9Chosen">Whether rule R9 shall apply although it binds nobody here.</param>
/// <param name="SelfHosted">Whether the zone's operator and who answers for the data are one legal person, so that nobody hosts for another.</param>
/// <param name="Evaluation">Whether there is no real data: what would be refused is then a visible warning.</param>
public sealed record SpaceLabel(
    string Controller,
    IReadOnlyList<string>? Secret = null,
    bool EssentialMission = false,
    IReadOnlyList<string>? Harms = null,
    bool Personal = false,
    bool Health = false,
    bool Snds = false,
    bool R9Chosen = false,
    bool SelfHosted = false,
    bool Evaluation = false)
{
    /// <summary>Who there is to answer for data.</summary>
    public static IReadOnlyList<string> Controllers { get; } = ["state", "operator", "listed-gip", "hospital", "other"];

    /// <summary>Secrets that there are.</summary>
    public static IReadOnlyList<string> Secrets { get; } =
        ["government-deliberations", "national-defence", "foreign-policy", "state-security", "judicial", "private-life", "medical", "business", "other"];

    /// <summary>What there is to be harmed.</summary>
    public static IReadOnlyList<string> AllHarms { get; } = ["order", "security", "health-life", "ip"];
}
