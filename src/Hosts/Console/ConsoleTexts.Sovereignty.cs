using System.Globalization;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of how sovereign a zone is.</summary>
internal sealed partial class ConsoleTexts
{
    public string SovereigntyTitle => Say("How sovereign the zone is", "Souveraineté de la zone");

    public string SovereigntyLead => Say(
        "The eight objectives of the European Union’s Cloud Sovereignty Framework. The level (SEAL) of each is the operator’s own word; what is known, and what contradicts it, comes from the zone’s declaration and from the register.",
        "Les huit objectifs du Cloud Sovereignty Framework de l’Union européenne. Le niveau (SEAL) de chacun est la parole de l’exploitant ; ce qu’on en sait, et ce qui le contredit, vient de la déclaration de la zone et du registre.");

    public string LevelNotStated => Say("not stated", "non déclaré");

    public string ContradictedBy => Say("Contradicted by", "Contredit par");

    public string RestsOnUndeclared => Say("It rests on what nobody declared", "Il repose sur ce que personne n’a déclaré");

    public string WhatIsKnown => Say("What is known", "Ce qu’on en sait");

    public string OnlyOperatorsWord => Say("Nothing is known of it but what the operator says.", "On n’en sait que ce que dit l’exploitant.");

    public string SealLevels => Say("What the levels mean", "Ce que veulent dire les niveaux");

    public string WhoTakesPart => Say("Who takes part in hosting, and under which law", "Qui prend part à l’hébergement, et sous quel droit");

    public string FactSourceOf(string source) => source switch
    {
        "zone" => Say("the zone’s declaration", "la déclaration de la zone"),
        "register" => Say("the register", "le registre"),
        "platform" => Say("this installation", "cette installation"),
        _ => source,
    };

    public string LevelStatedBy(string by, DateTimeOffset at) => string.Format(CultureInfo.InvariantCulture, Say("Stated by {0}, {1}.", "Déclaré par {0}, {1}."), by, Time(at));

    public string NoSovereigntyTotal(IReadOnlyList<string> notStated) => string.Format(
        CultureInfo.InvariantCulture, Say("No total: nothing is stated of {0}.", "Pas de total : rien n’est déclaré pour {0}."), string.Join(", ", notStated));

    public string SovereigntyTotal(SovereigntyTotal total) => string.Format(
        CultureInfo.InvariantCulture,
        Say("Weighted mean {0} of 4. The lowest is SEAL-{1}. Contradicted: {2} of 8.", "Moyenne pondérée {0} sur 4. Le plus bas est SEAL-{1}. Contredits : {2} sur 8."),
        Pointed(total.Mean.ToString("0.##", CultureInfo.InvariantCulture)), total.Lowest, total.Contradicted);
}
