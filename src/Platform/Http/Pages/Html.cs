using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http.Pages;

/// <summary>Builds the sign-in pages, in the console's design: plain HTML, one style sheet of our own, all text encoded; script only where passkeys are.</summary>
internal sealed class Html(HttpContext http)
{
    /// <summary>Where the style sheet is.</summary>
    public const string StylePath = "/sign-in.css";

    public const string Style = """
        :root { color-scheme: light dark; --paper: #f6f4ef; --card: #fff; --ink: #17212b; --line: #d9d5cb; --top: #17242f; --brass: #e0ab46; --accent: #0b5f55; --on: #fff; --bad: #9c1c25; --bad-bg: #fae3e3;
          font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #10171d; --card: #18222b; --ink: #e9e6df; --line: #2e3b46; --top: #0b1116; --accent: #74d3c2; --on: #08201c; --bad: #ffa9a6; --bad-bg: #431a1d }
        }
        .operator { --paper: #f5f4f8; --line: #d6d3e0; --top: #2a1f47; --brass: #b9a3ff; --accent: #5a3ea6 }
        @media (prefers-color-scheme: dark) { .operator { --paper: #12101a; --card: #1c1928; --line: #37324a; --top: #150f26; --accent: #c4b3ff; --on: #1d1438 } }
        body { background: var(--paper); color: var(--ink); margin: 0 }
        .area { border: 1px solid currentColor; border-radius: 4px; color: var(--brass); font-size: .8125rem; font-weight: 600; padding: .05rem .5rem }
        header { align-items: center; background: var(--top); border-bottom: 3px solid var(--brass); color: #f2efe8; display: flex; font-size: 1.25rem; font-weight: 700; gap: .6rem; justify-content: center; padding: .75rem 1rem }
        svg { color: var(--brass); height: 2rem; width: 1.5rem }
        circle { fill: var(--top) }
        main { background: var(--card); border: 1px solid var(--line); border-radius: 10px; box-sizing: border-box; margin: 2.5rem auto; max-width: 34rem; padding: 1.25rem 2rem 2rem; width: calc(100% - 2rem) }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem }
        label { display: block; font-weight: 600; margin-top: 1rem }
        input { background: var(--paper); border: 1px solid #77828c; border-radius: 6px; box-sizing: border-box; color: inherit; font: inherit; margin-top: .25rem; min-height: 2.75rem; padding: .4rem .75rem; width: 100% }
        button { background: var(--accent); border: 1px solid transparent; border-radius: 6px; color: var(--on); cursor: pointer; font: inherit; font-weight: 600; margin: 1.5rem .5rem 0 0; min-height: 2.75rem; padding: .5rem 1.5rem }
        button + button { background: none; border-color: currentColor; color: inherit; font-weight: 400 }
        a { color: var(--accent) }
        :focus-visible { outline: 3px solid var(--brass); outline-offset: 2px; box-shadow: 0 0 0 6px var(--ink) }
        code { font-size: 1.0625rem; overflow-wrap: anywhere }
        [role=alert] { background: var(--bad-bg); border-left: .3rem solid var(--bad); border-radius: 4px; color: var(--bad); padding: .5rem 1rem }
        .passkeys { list-style: none; padding: 0 }
        .passkeys li { border-top: 1px solid var(--line); padding: 1rem 0; overflow-wrap: anywhere }
        .passkeys p { margin: .25rem 0 }
        .passkeys button, form[data-passkey=get] button { background: none; border-color: currentColor; color: inherit; font-weight: 400 }
        .passkeys button { margin-top: .5rem }
        h2 { font-size: 1.1875rem; margin: 2rem 0 0 }
        @media (max-width: 30rem) { main { margin: 1rem auto; padding: .75rem 1.25rem 1.5rem } }
        """;

    // A file of ours, which talks to this server alone; text never becomes markup or a script (Trusted Types).
    private const string WithScript = "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

    // The console's bell tower. It says nothing that the name beside it doesn't.
    private const string Mark = """<svg viewBox="0 0 24 32" aria-hidden="true" focusable="false"><path d="M12 0 17 8H7zM6 9h12v6H6zM7 16h10v16h-3v-6a2 2 0 0 0-4 0v6H7z" fill="currentColor" /><circle cx="12" cy="12" r="2" /></svg>""";

    // é stays é: the page says that it is UTF-8.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _body = new();
    private string _formTargets = "'self'";
    private string _head = "";
    private bool _script;

    public PageTexts Texts { get; } = PageTexts.For(http);

    public Html Text(string text)
    {
        _body.Append("<p>").Append(Encoder.Encode(text)).Append("</p>\n");
        return this;
    }

    /// <summary>A sentence that a screen reader says first; nothing for null.</summary>
    public Html Alert(string? text)
    {
        if (text is not null)
        {
            _body.Append("<p role=\"alert\">").Append(Encoder.Encode(text)).Append("</p>\n");
        }

        return this;
    }

    public Html Shown(string name, string value)
    {
        _body.Append("<p>").Append(Encoder.Encode(name)).Append(": <code>").Append(Encoder.Encode(value)).Append("</code></p>\n");
        return this;
    }

    public Html List(IEnumerable<string> items)
    {
        _body.Append("<ul>");
        foreach (var item in items)
        {
            _body.Append("<li><code>").Append(Encoder.Encode(item)).Append("</code></li>");
        }

        _body.Append("</ul>\n");
        return this;
    }

    /// <summary>Begins a form that only this browser can send.</summary>
    public Html Form(string action)
    {
        _body.Append("<form method=\"post\" action=\"").Append(Encoder.Encode(action)).Append("\">\n");
        return Hidden(FormGuard.Field, FormGuard.Issue(http));
    }

    public Html Hidden(string name, string value)
    {
        _body.Append("<input type=\"hidden\" name=\"").Append(Encoder.Encode(name)).Append("\" value=\"").Append(Encoder.Encode(value)).Append("\">\n");
        return this;
    }

    /// <summary>A labelled field.</summary>
    /// <param name="name">Its name, and its label's target.</param>
    /// <param name="label">What it is for.</param>
    /// <param name="autocomplete">The purpose as HTML names it (WCAG 1.3.5).</param>
    /// <param name="type">Of the input.</param>
    /// <param name="value">What it holds at first.</param>
    public Html Field(string name, string label, string autocomplete, string type = "text", string value = "")
    {
        _body.Append("<label for=\"").Append(name).Append("\">").Append(Encoder.Encode(label)).Append("</label>\n<input id=\"").Append(name).Append("\" name=\"").Append(name)
            .Append("\" type=\"").Append(type).Append("\" autocomplete=\"").Append(autocomplete).Append("\" value=\"").Append(Encoder.Encode(value))
            .Append("\" required autocapitalize=\"none\" spellcheck=\"false\">\n");
        return this;
    }

    public Html Heading(string text)
    {
        _body.Append("<h2>").Append(Encoder.Encode(text)).Append("</h2>\n");
        return this;
    }

    /// <summary>
    /// Begins a form whose last field, <c>credential</c>, the page's script fills in with the browser's answer. It is hidden until the script runs; what <paramref name="off"/> says is shown until then.
    /// </summary>
    /// <param name="action">Where the form goes.</param>
    /// <param name="ceremony">What the browser is asked to do: <c>get</c> or <c>create</c>.</param>
    /// <param name="off">What to say to who has no script; nothing for null.</param>
    public Html PasskeyForm(string action, string ceremony, string? off)
    {
        _script = true;
        if (off is not null)
        {
            _body.Append("<p id=\"passkey-off\">").Append(Encoder.Encode(off)).Append("</p>\n");
        }

        _body.Append("<form method=\"post\" action=\"").Append(action).Append("\" data-passkey=\"").Append(ceremony).Append("\" data-options=\"").Append(action).Append(PasskeyScript.OptionsPath).Append('"');
        foreach (var (name, text) in PasskeyTexts.For(Texts).Told)
        {
            _body.Append(" data-").Append(name).Append("=\"").Append(Encoder.Encode(text)).Append('"');
        }

        _body.Append(" hidden>\n<p id=\"passkey-said\" role=\"alert\" hidden></p>\n");
        return Hidden(FormGuard.Field, FormGuard.Issue(http)).Hidden("credential", "");
    }

    /// <summary>A person's passkeys, each with a button that removes it.</summary>
    public Html Passkeys(IEnumerable<Passkey> passkeys, string removePath)
    {
        var texts = PasskeyTexts.For(Texts);
        _body.Append("<ul class=\"passkeys\">\n");
        foreach (var passkey in passkeys)
        {
            _body.Append("<li><strong>").Append(Encoder.Encode(passkey.Name)).Append("</strong>\n");
            Text(texts.Describe(passkey)).Form(removePath).Hidden("id", passkey.Id.ToString());
            _body.Append("<button aria-label=\"").Append(Encoder.Encode(texts.Remove + " " + passkey.Name)).Append("\">").Append(Encoder.Encode(texts.Remove)).Append("</button>\n");
            EndForm();
            _body.Append("</li>\n");
        }

        _body.Append("</ul>\n");
        return this;
    }

    public Html Link(string path, string text)
    {
        _body.Append("<p><a href=\"").Append(Encoder.Encode(path)).Append("\">").Append(Encoder.Encode(text)).Append("</a></p>\n");
        return this;
    }

    /// <summary>
    /// Goes on by itself, and by a link where a browser doesn't: not by a redirect, which a form's policy would hold up on the way to another site, and on which a browser that comes from one sends none of our
    /// cookies.
    /// </summary>
    /// <param name="address">An https address, or a path of this server.</param>
    /// <param name="text">The link's.</param>
    public Html Onward(string address, string text)
    {
        _head = $"<meta http-equiv=\"refresh\" content=\"0; url={Encoder.Encode(address)}\">";
        return Link(address, text);
    }

    public Html Button(string label, string? name = null, string? value = null)
    {
        _body.Append("<button");
        if (name is not null)
        {
            _body.Append(" name=\"").Append(name).Append("\" value=\"").Append(value).Append('"');
        }

        _body.Append('>').Append(Encoder.Encode(label)).Append("</button>\n");
        return this;
    }

    public Html EndForm()
    {
        _body.Append("</form>\n");
        return this;
    }

    /// <summary>The form's answer may send the browser to a program on its own machine (RFC 8252 section 7.3): browsers hold redirects to this rule too.</summary>
    public Html MayLeadToLoopback()
    {
        _formTargets = "'self' http://127.0.0.1:* http://[::1]:*";
        return this;
    }

    public IResult Page(string title, int status = StatusCodes.Status200OK)
    {
        http.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'self'; form-action {_formTargets}; base-uri 'none'; frame-ancestors 'none'" + (_script ? WithScript : "");
        var name = Encoder.Encode(title);
        // So that nobody types a password of one side's into the other's page.
        var (site, area, titled) = Listener.Of(http) == Side.Operator ? (" class=\"operator\"", $"<span class=\"area\">{Encoder.Encode(Texts.OperatorArea)}</span>", ", " + Encoder.Encode(Texts.OperatorArea)) : ("", "", "");
        return Results.Text(
            $"""
            <!doctype html>
            <html lang="{Texts.Language}"{site}>
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{name} – Beffroi{titled}</title><link rel="stylesheet" href="{StylePath}">{_head}{(_script ? $"<script type=\"module\" src=\"{PasskeyScript.Address}\"></script>" : "")}</head>
            <body><header>{Mark}Beffroi{area}</header>
            <main>
            <h1>{name}</h1>
            {_body}</main></body>
            </html>

            """, "text/html; charset=utf-8", Encoding.UTF8, status);
    }
}
