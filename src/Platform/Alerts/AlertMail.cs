using System.Globalization;
using System.Text;
using Beffroi.Platform.Conditions;
using Shown = Beffroi.Contracts.Alert;

namespace Beffroi.Platform.Alerts;

/// <summary>What a mail says, in the receiver's language. Pure.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Body">Plain text.</param>
internal sealed record AlertMail(string Subject, string Body)
{
    private const string Sender = "Beffroi";

    /// <summary>Of an alert that began or ended, or of a test.</summary>
    public static AlertMail Of(string language, string what, string organization, Shown alert)
    {
        var french = language == "fr";
        var title = AlertKinds.Find(alert.Kind)?.Title(language) ?? alert.Title;
        var severity = !french ? alert.Severity : alert.Severity == AlertSeverity.Critical ? "critique" : "avertissement";
        var state = what == "resolved" ? french ? "terminé" : "resolved" : severity;
        (string Name, string? Value)[] lines =
        [
            (french ? "Quoi" : "What", title),
            (french ? "Où" : "On", alert.Subject),
            (french ? "Organisation" : "Organization", organization),
            (french ? "Gravité" : "Severity", severity),
            (french ? "Depuis" : "Since", Time(alert.Since)),
            (french ? "Jusqu’à" : "Until", what == "resolved" ? Time(alert.ResolvedAt) : null),
            (french ? "Détail" : "Detail", alert.Text.Length > 0 ? alert.Text : null),
        ];
        var body = new StringBuilder();
        foreach (var (name, value) in lines.Where(l => l.Value is not null))
        {
            body.Append(name).Append(french ? " : " : ": ").Append(value).Append('\n');
        }

        body.Append('\n').Append(french ? "Pour en savoir plus : beffroi alert list" : "To see more: beffroi alert list").Append('\n');
        return new AlertMail(OneLine($"[{Sender}: {state}] {alert.Subject}: {title}"), body.ToString());
    }

    /// <summary>With the code that shows that whoever reads this wants to be told.</summary>
    public static AlertMail OfCode(string language, string organization, string code) => language == "fr"
        ? new AlertMail(
            $"[{Sender}] Code de confirmation des alertes de {organization}",
            $"Quelqu’un de l’organisation {organization} demande que cette adresse reçoive ses alertes.\nSi c’est voulu, donnez-lui ce code, valable un jour :\n\n    {code}\n\n"
            + "Sinon, ne faites rien : aucune alerte n’est envoyée sans lui.\n")
        : new AlertMail(
            $"[{Sender}] Code to confirm alerts of {organization}",
            $"Somebody of the organization {organization} asks that this address be told of its alerts.\nIf that is wanted, give them this code, valid for a day:\n\n    {code}\n\n"
            + "If not, do nothing: no alert is sent without it.\n");

    // Names are checked where they are made, so this changes nothing; what would become a header of its own can't.
    private static string OneLine(string text) => new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);

    private static string? Time(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
