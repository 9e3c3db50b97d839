using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Beffroi.Contracts.Evidence;
using Beffroi.Services.Evidence.Configuration;
using Beffroi.Services.Evidence.Frameworks;

namespace Beffroi.Services.Evidence.Bundles;

/// <summary>The evidence as a page to read or print: one file, no script, nothing loaded from elsewhere, all text encoded.</summary>
internal static class EvidencePage
{
    private const string Style = """
        :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
        body { margin: 0 auto; max-width: 70rem; padding: 2rem 1rem }
        h1 { font-size: 1.75rem } h2 { border-bottom: 1px solid #8888; font-size: 1.25rem; margin-top: 2.5rem } h3 { font-size: 1.0625rem }
        table { border-collapse: collapse; width: 100% }
        th, td { border-bottom: 1px solid #8884; padding: .4rem .75rem .4rem 0; text-align: left; vertical-align: top }
        td.state { font-weight: 600; white-space: nowrap }
        small { display: block } blockquote { border-left: .2rem solid #8888; margin: .25rem 0; padding-left: .75rem; white-space: pre-line }
        @media print { body { max-width: none } h2 { break-after: avoid } tr { break-inside: avoid } }
        """;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly Dictionary<string, LocalText> States = new()
    {
        [RequirementState.Enforced] = new("enforced", "appliqué par le logiciel"),
        [RequirementState.Fresh] = new("evidence fresh", "preuve à jour"),
        [RequirementState.Failing] = new("failing", "en défaut"),
        [RequirementState.Stale] = new("evidence stale", "preuve périmée"),
        [RequirementState.Attested] = new("attested", "attesté"),
        [RequirementState.AttestationExpired] = new("attestation expired", "attestation expirée"),
        [RequirementState.NotShown] = new("not shown", "non montré"),
        [RequirementState.Holds] = new("holds", "tenu"),
        [RequirementState.Fails] = new("fails", "en défaut"),
        [RequirementState.Unknown] = new("nothing to judge yet", "rien à juger encore"),
    };

    private static readonly Dictionary<string, LocalText> Kinds = new()
    {
        ["enforced"] = new("software can hold it", "le logiciel peut le tenir"),
        ["evidenced"] = new("software can show it", "le logiciel peut le montrer"),
        ["organisational"] = new("organisational", "organisationnel"),
    };

    /// <summary>The page, in English or French.</summary>
    public static string Write(Framework framework, FrameworkEvidence evidence, BundleConfiguration configuration, bool french)
    {
        string Say(LocalText text) => Encoder.Encode(french ? text.Fr : text.En);
        string Both(string en, string fr) => Encoder.Encode(french ? fr : en);
        string State(string state) => Say(States[state]);
        string Time(DateTimeOffset? time) => time is { } at ? at.UtcDateTime.ToString(french ? "dd/MM/yyyy HH:mm 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) : "–";
        string Day(DateOnly day) => day.ToString(french ? "dd/MM/yyyy" : "yyyy-MM-dd", CultureInfo.InvariantCulture);

        var html = new StringBuilder();
        var title = Encoder.Encode($"{framework.Title} – {evidence.Organization}");
        html.Append(CultureInfo.InvariantCulture, $"<!DOCTYPE html>\n<html lang=\"{(french ? "fr" : "en")}\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<title>{title}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{Time(evidence.At)}</p>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p>{Both(
            "A check shows what it says and no more: whether that is enough for a requirement is the auditor's to judge. The numbers are the publisher's, the words are Beffroi's own.",
            "Une vérification montre ce qu'elle dit et rien de plus : si cela suffit à une exigence, c'est à l'auditeur d'en juger. Les numéros sont ceux de l'éditeur, les mots sont ceux de Beffroi.")}</p>\n");
        if (framework.Note is { } note)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p>{Say(note)}</p>\n");
        }

        html.Append("<table>\n<tbody>\n");
        foreach (var state in evidence.Requirements.GroupBy(r => r.State).OrderBy(g => Order(g.Key)))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{State(state.Key)}</th><td>{state.Count()}</td></tr>\n");
        }

        html.Append(CultureInfo.InvariantCulture, $"</tbody>\n</table>\n<h2>{Both("Checks", "Vérifications")}</h2>\n<table>\n<thead><tr>");
        Head(Both("Check", "Vérification"), Both("State", "État"), Both("Since", "Depuis"), Both("Observed", "Constaté"), Both("Good until", "Valable jusqu'au"));
        foreach (var finding in evidence.Findings)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr id=\"{Encoder.Encode(finding.Check)}\"><td>{Say(finding.Title)}<small>{Say(finding.Message)}</small><small>{Say(finding.Means)}</small>{Judged(finding)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"state\">{State(finding.State)}</td><td>{Time(finding.Since)}</td><td>{Time(finding.ObservedAt)}</td><td>{Time(finding.GoodUntil)}</td></tr>\n");
        }

        html.Append("</tbody>\n</table>\n");
        if (configuration.Left.Count > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p>{Both(
                $"Left out, as whoever exported this may not read it: {string.Join(", ", configuration.Left)}.",
                $"Laissé de côté, car la personne qui a exporté ceci ne peut le lire : {string.Join(", ", configuration.Left)}.")}</p>\n");
        }

        var open = false;
        foreach (var row in framework.Rows)
        {
            if (row.Level == "requirement")
            {
                if (!open)
                {
                    html.Append("<table>\n<thead><tr>");
                    Head(Both("Number", "Numéro"), Both("Requirement", "Exigence"), Both("State", "État"), Both("Checks", "Vérifications"));
                    open = true;
                }

                Requirement(evidence.Requirements.First(r => r.Requirement == row.Id));
                continue;
            }

            Close();
            var level = row.Level == "chapter" ? 2 : 3;
            html.Append(CultureInfo.InvariantCulture, $"<h{level}>{Encoder.Encode(row.Id)} {Say(row.Title)}</h{level}>\n");
        }

        Close();
        return html.Append("</main>\n</body>\n</html>\n").ToString();

        // Beside the page in the unpacked bundle.
        string Judged(EvidenceFinding finding) => configuration.ByCheck[finding.Check].Select(path => $"<a href=\"{Encoder.Encode(path)}\">{Encoder.Encode(path)}</a>").ToList() is { Count: > 0 } links
            ? $"<small>{Both("Configuration behind it:", "Configuration sur laquelle elle porte :")} {string.Join(", ", links)}</small>" : "";

        void Head(params string[] columns)
        {
            foreach (var column in columns)
            {
                html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{column}</th>");
            }

            html.Append("</tr></thead>\n<tbody>\n");
        }

        void Close()
        {
            html.Append(open ? "</tbody>\n</table>\n" : "");
            open = false;
        }

        void Requirement(RequirementEvidence requirement)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Encoder.Encode(requirement.Requirement)}</td><td>{Say(requirement.Title)}<small>{Say(Kinds[requirement.Kind])}{(
                requirement.Strength == "should" ? ", " + Both("recommended", "recommandé") : "")}</small>");
            foreach (var attestation in requirement.Attestations)
            {
                html.Append(CultureInfo.InvariantCulture, $"<blockquote>{Encoder.Encode(attestation.Statement)}</blockquote><small>{Both(
                    $"Attested by {attestation.AttestedBy} ({(attestation.Side == "operator" ? "operator" : "customer")}) until {Day(attestation.ValidUntil)}.",
                    $"Attesté par {attestation.AttestedBy} ({(attestation.Side == "operator" ? "prestataire" : "commanditaire")}) jusqu'au {Day(attestation.ValidUntil)}.")}{(
                    attestation.DocumentSha256 is { } sha256 ? " SHA-256 " + Encoder.Encode(sha256) : "")}</small>");
            }

            html.Append(CultureInfo.InvariantCulture, $"</td><td class=\"state\">{State(requirement.State)}</td><td>{string.Join(
                ", ", requirement.Checks.Select(c => $"<a href=\"#{Encoder.Encode(c)}\">{Encoder.Encode(c)}</a>"))}</td></tr>\n");
        }
    }

    private static int Order(string state) =>
        Array.IndexOf([RequirementState.Enforced, RequirementState.Fresh, RequirementState.Failing, RequirementState.Stale, RequirementState.Attested, RequirementState.AttestationExpired], state) is var place && place < 0
            ? int.MaxValue : place;
}
