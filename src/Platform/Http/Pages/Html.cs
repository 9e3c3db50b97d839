using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http.Pages;

/// <summary>Builds the sign-in pages: plain HTML, no script, one style sheet of our own, all text encoded.</summary>
internal sealed class Html(HttpContext http)
{
    /// <summary>Where the style sheet is.</summary>
    public const string StylePath = "/sign-in.css";

    public const string Style = """
        :root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif }
        body { margin: 0 auto; max-width: 34rem; padding: 2rem 1rem }
        h1 { font-size: 1.5rem }
        label { display: block; font-weight: 600; margin-top: 1rem }
        input { box-sizing: border-box; font: inherit; padding: .5rem; width: 100% }
        button { font: inherit; margin: 1.5rem .5rem 0 0; min-height: 2.75rem; padding: .5rem 1.25rem }
        :focus-visible { outline: 3px solid #1a5fb4; outline-offset: 2px }
        code { font-size: 1.0625rem; overflow-wrap: anywhere }
        [role=alert] { border-left: .3rem solid #a51d2d; padding: .25rem .75rem }
        """;

    // é stays é: the page says that it is UTF-8.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _body = new();
    private string _formTargets = "'self'";

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
        http.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'self'; form-action {_formTargets}; base-uri 'none'; frame-ancestors 'none'";
        var name = Encoder.Encode(title);
        return Results.Text(
            $"""
            <!doctype html>
            <html lang="{Texts.Language}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{name} – Beffroi</title><link rel="stylesheet" href="{StylePath}"></head>
            <body><main>
            <h1>{name}</h1>
            {_body}</main></body>
            </html>

            """, "text/html; charset=utf-8", Encoding.UTF8, status);
    }
}
