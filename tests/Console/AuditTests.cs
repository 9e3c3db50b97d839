namespace Beffroi.WebConsole.Tests;

/// <summary>That the audit sees what it is there for.</summary>
public sealed class AuditTests(Chromium chromium)
{
    [Theory]
    [InlineData("<html lang=\"fr\">", "<p>text", "html lang=fr")]
    [InlineData("<html lang=\"en\">", "<img src=\"/none.png\">", "image-alt")]
    [InlineData("<html lang=\"en\">", "<p class=\"pale\">text", "Light: color-contrast")]
    [InlineData("<html lang=\"en\">", "<p class=\"dim\">text", "Dark: color-contrast")]
    [InlineData("<html lang=\"en\">", "<p class=\"wide\">text", "wider than the window")]
    [InlineData("<html lang=\"en\">", "<script>1</script>", "Content Security Policy")]
    [InlineData("<html lang=\"en\">", "<p style=\"color: red\">text", "Content Security Policy")]
    [InlineData("<html lang=\"en\">", "<img alt=\"\" src=\"/none.png\">", "404: https://console.test/none.png")]
    public async Task What_is_wrong_is_found(string html, string body, string found)
    {
        await using var context = await chromium.ContextAsync();
        var audit = new Audit(await context.NewPageAsync());
        await context.RouteAsync("**/*", route => route.FulfillAsync(new()
        {
            Status = route.Request.IsNavigationRequest || route.Request.Url.EndsWith(".css", StringComparison.Ordinal) ? 200 : 404,
            ContentType = route.Request.IsNavigationRequest ? "text/html" : "text/css",
            Headers = new Dictionary<string, string> { ["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; img-src 'self'" },
            Body = route.Request.IsNavigationRequest
                ? $"<!doctype html>{html}<head><title>A page</title><link rel=\"stylesheet\" href=\"/page.css\"></head><body><main><h1>A page</h1>{body}</main></body></html>"
                : ":root { color-scheme: light dark } .pale { color: #999; background: #fff } .wide { width: 500px } @media (prefers-color-scheme: dark) { .pale { background: #000 } .dim { color: #444; background: #000 } }",
        }));
        await audit.Page.GotoAsync("https://console.test/");
        await audit.LookAsync("page", "en");
        Assert.Contains(audit.Wrong, line => line.Contains(found, StringComparison.Ordinal));
    }
}
