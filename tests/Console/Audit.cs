using System.Collections.Concurrent;
using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>Looks at the page that a browser shows, in both themes, wide and narrow, and notes what is wrong with it.</summary>
internal sealed class Audit
{
    private const int Wide = 1280, Narrow = 320;

    // What the law asks for (RGAA and EN 301 549 rest on WCAG), and what axe's makers advise beyond it.
    private const string Run = """
        async () => {
          const run = await axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, resultTypes: ['violations'], preload: false });
          return run.violations.flatMap(v => v.nodes.map(n => v.id + ' at ' + n.target.join(' ') + ': ' + n.failureSummary.replace(/\s+/g, ' ')));
        }
        """;

    // WCAG 1.4.10: nothing is wider than the window but what scrolls in itself, as tables may.
    private const string Overflow = """
        () => document.documentElement.scrollWidth <= window.innerWidth ? [] : ['wider than the window (' + document.documentElement.scrollWidth + '): ' + [...document.querySelectorAll('body *')]
          .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.scroll, pre')).map(e => e.tagName + '.' + e.className).slice(0, 5).join(', ')]
        """;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    private static readonly string? Look = Environment.GetEnvironmentVariable("BEFFROI_LOOK");

    private readonly ConcurrentQueue<string> _said = new();

    /// <summary>Begins to listen to what the browser complains of.</summary>
    public Audit(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => _said.Enqueue("script: " + error);
        page.Console += (_, message) =>
        {
            // That a page itself was answered with a refusal is told, and wanted where it is.
            if (message.Type is "error" or "warning" && !(message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal) && message.Location.StartsWith(page.Url, StringComparison.Ordinal)))
            {
                _said.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
            }
        };
        page.RequestFailed += (_, request) =>
        {
            // A page that is left stops asking for what is new of it.
            if (!request.Headers.ContainsKey("beffroi-live"))
            {
                _said.Enqueue("failed: " + request.Url);
            }
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400 && !response.Request.IsNavigationRequest)
            {
                _said.Enqueue($"{response.Status}: {response.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>What was wrong, each with its page.</summary>
    public List<string> Wrong { get; } = [];

    /// <param name="name">Of the page.</param>
    /// <param name="language">That it is in.</param>
    /// <param name="once">
    /// English in the light theme and wide, French in the dark one and narrow: for pages that are looked at in both languages. What depends on the theme doesn't on the language.
    /// </param>
    public async Task LookAsync(string name, string language, bool once = false)
    {
        await Page.EvaluateAsync(Axe);
        foreach (var (scheme, width, only) in (IEnumerable<(ColorScheme, int, string)>)[(ColorScheme.Light, Wide, "en"), (ColorScheme.Dark, Narrow, "fr")])
        {
            if (once && language != only)
            {
                continue;
            }

            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await Page.SetViewportSizeAsync(width, 800);
            await NoteAsync(Run, $"{name} {language} {scheme}");
        }

        await Page.SetViewportSizeAsync(Narrow, 800);
        await NoteAsync(Overflow, $"{name} {language}");
        var said = await Page.EvaluateAsync<string>("() => document.documentElement.lang");
        if (said != language)
        {
            Wrong.Add($"{name} {language}: html lang={said}");
        }

        while (_said.TryDequeue(out var line))
        {
            Wrong.Add($"{name} {language}: {line}");
        }

        await PicturesAsync(name, language);
        await Page.SetViewportSizeAsync(Wide, 800);
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }

    private async Task NoteAsync(string script, string where)
    {
        var found = await Page.EvaluateAsync<JsonElement>(script);
        Wrong.AddRange(found.EnumerateArray().Select(line => $"{where}: {line.GetString()}"));
    }

    /// <summary>For whoever works on the design: every page as it looks, where BEFFROI_LOOK says.</summary>
    private async Task PicturesAsync(string name, string language)
    {
        if (Look is null)
        {
            return;
        }

        foreach (var (scheme, width) in (IEnumerable<(ColorScheme, int)>)[(ColorScheme.Light, Wide), (ColorScheme.Dark, Wide), (ColorScheme.Light, 390), (ColorScheme.Dark, 390)])
        {
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await Page.SetViewportSizeAsync(width, 800);
            await Page.ScreenshotAsync(new() { Path = $"{Look}/{name}-{language}-{scheme}-{width}.png".ToLowerInvariant(), FullPage = true });
        }
    }
}
