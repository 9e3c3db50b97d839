using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>A person who has no mouse: tabs, keys and typing, and nothing else.</summary>
internal sealed class Keyboard(IPage page)
{
    private const int Furthest = 60;

    // What has the focus, by its name; whether one sees that it has it, and where.
    private const string Focused = """
        () => {
          const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
          return [(e.getAttribute('aria-label') ?? (e.labels?.length ? e.labels[0].innerText : e.innerText) ?? '').trim().replace(/\s+/g, ' '), e.tagName.toLowerCase(),
            e === document.body || (e.matches(':focus-visible') && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight) ? '' : e.outerHTML.slice(0, 200)];
        }
        """;

    /// <summary>Tabs on to what has this name.</summary>
    public async Task ToAsync(string name, string element)
    {
        var seen = new List<string>();
        for (var i = 0; i < Furthest; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await FocusedAsync() is var (at, tag) && at == name && tag == element)
            {
                return;
            }

            seen.Add($"{tag} “{at}”");
        }

        Assert.Fail($"No way by keyboard to {element} “{name}” on {page.Url}: {string.Join(", ", seen)}");
    }

    /// <summary>Tabs back to what was before.</summary>
    public async Task<string> BackAsync()
    {
        await page.Keyboard.PressAsync("Shift+Tab");
        return (await FocusedAsync()).Name;
    }

    public async Task TypeAsync(string field, string text, string element = "input")
    {
        await ToAsync(field, element);
        await page.Keyboard.TypeAsync(text);
    }

    /// <summary>Goes on by pressing what is focused, and waits for the page that it leads to.</summary>
    public async Task GoAsync(string key, string path)
    {
        await page.FollowAsync(() => page.Keyboard.PressAsync(key));
        Assert.Equal(path, new Uri(page.Url).AbsolutePath);
    }

    public Task PressAsync(string key) => page.Keyboard.PressAsync(key);

    public async Task<(string Name, string Element)> FocusedAsync()
    {
        var focused = await page.EvaluateAsync<string[]>(Focused);
        Assert.True(focused[2].Length == 0, "The focus can't be seen: " + focused[2]);
        return (focused[0], focused[1]);
    }
}
