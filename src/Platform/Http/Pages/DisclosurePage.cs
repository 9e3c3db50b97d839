using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Platform.Http.Pages;

/// <summary>The public page about who takes part in hosting: no script, nothing loaded, all text encoded.</summary>
internal static class DisclosurePage
{
    private const string Style = """
        :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
        body { margin: 0 auto; max-width: 75rem; padding: 2rem 1rem }
        h1 { font-size: 1.5rem }
        div { overflow-x: auto }
        table { border-collapse: collapse; width: 100% }
        th, td { border-bottom: 1px solid #8884; padding: .4rem .75rem .4rem 0; text-align: left; vertical-align: top }
        :focus-visible { outline: 3px solid #1a5fb4; outline-offset: 2px }
        """;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly LocalText[] Activities =
    [
        new("physical sites", "sites physiques"), new("hardware", "infrastructure matérielle"), new("virtual infrastructure", "infrastructure virtuelle"),
        new("application platform", "plateforme d'hébergement d'applications"), new("administration of the health system", "administration du système d'information de santé"), new("backup", "sauvegarde"),
    ];

    /// <summary>Lets the browser use the style on the page and nothing else.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The page, in English or French.</summary>
    public static string Write(HostingDisclosure disclosure, bool french)
    {
        string Both(string en, string fr) => Encoder.Encode(french ? fr : en);
        string Say(LocalText text) => Encoder.Encode(french ? text.Fr : text.En);
        string Day(DateOnly day) => day.ToString(french ? "dd/MM/yyyy" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
        string Time(DateTimeOffset at) => at.UtcDateTime.ToString(french ? "dd/MM/yyyy HH:mm 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var today = DateOnly.FromDateTime(disclosure.At.UtcDateTime);

        var html = new StringBuilder();
        var title = Both("Who takes part in hosting, and under which law", "Qui prend part à l'hébergement, et sous quel droit");
        html.Append(CultureInfo.InvariantCulture, $"<!DOCTYPE html>\n<html lang=\"{(french ? "fr" : "en")}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<title>{title} – Beffroi</title>\n<style>{Style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n");
        html.Append(french ? "<p><a href=\"/sovereignty?lang=en\" lang=\"en\" hreflang=\"en\">English</a>" : "<p><a href=\"/sovereignty?lang=fr\" lang=\"fr\" hreflang=\"fr\">Français</a>")
            .Append(" · <a href=\"/sovereignty.json\">JSON</a></p>\n");
        Paragraph(
            $"Zone {disclosure.Zone}, as of {Time(disclosure.At)}. Made from the operator's register of suppliers for the transparency that HDS v2 asks for (EXI 31). Everything here is the operator's statement.",
            $"Zone {disclosure.Zone}, au {Time(disclosure.At)}. Établi à partir du registre des fournisseurs tenu par le prestataire, pour la transparence que demande HDS v2 (EXI 31). Tout ce qui suit est déclaré par le prestataire.");
        if (disclosure.Parties.Count == 0)
        {
            Paragraph(
                "The operator has entered nobody yet. That says nothing: neither that data is transferred, nor that it isn't.",
                "Le prestataire n'a encore saisi personne. Cela ne dit rien : ni qu'il y a transfert, ni qu'il n'y en a pas.");
            return html.Append("</main>\n</body>\n</html>\n").ToString();
        }

        Paragraph($"The operator changed the register last at {Time(disclosure.ChangedAt ?? disclosure.At)}.", $"Dernier changement du registre par le prestataire : {Time(disclosure.ChangedAt ?? disclosure.At)}.");
        html.Append(CultureInfo.InvariantCulture, $"<div tabindex=\"0\" role=\"region\" aria-label=\"{title}\">\n<table>\n<thead><tr>");
        foreach (var column in (string[])[
            Both("Entity", "Entité"), Both("Role", "Rôle"), "HDS", "SecNumCloud", Both("Activities", "Activités"), Both("Law of", "Droit de"),
            Both("Access from outside the EEA", "Accès depuis l'extérieur de l'EEE"), Both("Exposure to a third country's law", "Exposition au droit d'un pays tiers")])
        {
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{column}</th>");
        }

        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var party in disclosure.Parties)
        {
            var hosting = party.Hosting;
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Encoder.Encode(party.Name)}</th><td>{Say(hosting.Role)}</td><td>{Certificate(hosting.Hds)}</td><td>{Certificate(hosting.SecNumCloud)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{string.Join("; ", hosting.Activities.Order().Select(a => a + " " + Say(Activities[a - 1])))}</td><td>{Encoder.Encode(party.Jurisdiction ?? (french ? "inconnu" : "unknown"))}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{(hosting.Access is { Count: > 0 } access ? Encoder.Encode(string.Join(", ", access.Order(StringComparer.Ordinal))) : Both("none", "aucun"))}</td><td>{Exposure(party)}</td></tr>\n");
        }

        return html.Append("</tbody>\n</table>\n</div>\n</main>\n</body>\n</html>\n").ToString();

        void Paragraph(string en, string fr) => html.Append("<p>").Append(Both(en, fr)).Append("</p>\n");

        string Certificate(HostingCertificate? certificate) => certificate is null ? Both("no", "non") : Both(
            $"attested by {certificate.By}, {certificate.Reference}, until {Day(certificate.Until)}{(certificate.Until < today ? " (expired)" : "")}",
            $"attesté par {certificate.By}, {certificate.Reference}, jusqu'au {Day(certificate.Until)}{(certificate.Until < today ? " (expiré)" : "")}");

        string Exposure(HostingParty party) => party switch
        {
            { Hosting.ForeignLaw: { } told } => Say(told),
            { OutsideEea: true } => Both("It, or who owns it, is under the law of a country outside the EEA; the operator has not said what is done about it.", "L'entité, ou qui la détient, relève du droit d'un pays hors EEE ; le prestataire n'a pas dit ce qui est fait à ce sujet."),
            { OutsideEea: null } => Both("unknown: no jurisdiction was entered", "inconnue : aucune juridiction n'a été saisie"),
            _ => Both("none, says the operator", "aucune, selon le prestataire"),
        };
    }
}
