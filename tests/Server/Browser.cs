using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>A browser without script: it keeps cookies, fills forms in and follows no redirect by itself.</summary>
/// <param name="server">Where it goes.</param>
/// <param name="side">At which listener.</param>
/// <param name="host">Under which name; null for the address.</param>
public sealed partial class Browser(TestServer server, Side side = Side.Customer, string? host = null) : IDisposable
{
    private readonly HttpClient _http = server.Client(null, side);
    private readonly Dictionary<string, string> _cookies = [];

    /// <summary>The last page.</summary>
    public string Page { get; private set; } = "";

    public HttpResponseMessage Answer { get; private set; } = null!;

    public IReadOnlyDictionary<string, string> Cookies => _cookies;

    /// <summary>The Set-Cookie lines that came in.</summary>
    public List<string> CookieLines { get; } = [];

    public Uri Address => _http.BaseAddress!;

    /// <summary>As a page's origin is written, under the name or the address.</summary>
    public string Origin => $"https://{host ?? Address.Host}:{Address.Port}";

    /// <summary>What shows that a form is from the last page.</summary>
    public string Proof => WebUtility.HtmlDecode(HiddenField().Matches(Page).First(m => m.Groups[1].Value == "form").Groups[2].Value);

    public Task<HttpStatusCode> GetAsync(string path, string? language = null) => SendAsync(HttpMethod.Get, path, null, language);

    /// <summary>Sends the last page's form, with these fields besides its hidden ones.</summary>
    public Task<HttpStatusCode> SubmitAsync(params (string Name, string Value)[] fields)
    {
        var form = Regex.Match(Page, "<form method=\"post\" action=\"([^\"]+)\">(.*?)</form>", RegexOptions.Singleline);
        Assert.True(form.Success, Page);
        var hidden = HiddenField().Matches(form.Groups[2].Value)
            .Select(m => (WebUtility.HtmlDecode(m.Groups[1].Value), WebUtility.HtmlDecode(m.Groups[2].Value)))
            .Where(h => fields.All(f => f.Name != h.Item1));
        return PostAsync(WebUtility.HtmlDecode(form.Groups[1].Value), [.. hidden, .. fields]);
    }

    public Task<HttpStatusCode> PostAsync(string path, (string Name, string Value)[] fields) =>
        SendAsync(HttpMethod.Post, path, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));

    public Task<HttpStatusCode> FollowAsync() => GetAsync(Answer.Headers.Location!.ToString());

    /// <summary>Uses an invitation: sets this password; the secret of the second factor, and the recovery codes.</summary>
    public async Task<(string Secret, string[] Codes)> EnrolAsync(string invitation, string password, Func<string, string> code)
    {
        await GetAsync("/enrol");
        Assert.Equal(HttpStatusCode.OK, await SubmitAsync(("invitation", invitation)));
        var secret = Regex.Match(Page, "<code>([A-Z2-7]{32})</code>").Groups[1].Value;
        Assert.Contains("otpauth://totp/beffroi:", Page, StringComparison.Ordinal);
        var status = await SubmitAsync(("password", password), ("again", password), ("code", code(secret)));
        Assert.True(status == HttpStatusCode.OK, Page);
        return (secret, [.. RecoveryCode().Matches(Page).Select(m => m.Groups[1].Value)]);
    }

    public async Task<HttpStatusCode> SignInAsync(string account, string password, string code, string path = "/sign-in")
    {
        await GetAsync(path);
        return await SubmitAsync(("account", account), ("password", password), ("code", code));
    }

    /// <summary>A second window of the same browser, at the same page.</summary>
    public Browser SecondWindow()
    {
        var window = new Browser(server, side, host) { Page = Page };
        foreach (var (name, value) in _cookies)
        {
            window._cookies[name] = value;
        }

        return window;
    }

    public void Forget(string cookie) => _cookies.Remove(cookie);

    public void Keep(string cookie, string value) => _cookies[cookie] = value;

    public void Dispose()
    {
        Answer?.Dispose();
        _http.Dispose();
    }

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, HttpContent? content, string? language = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Host = host is null ? null : $"{host}:{Address.Port}";
        if (_cookies.Count > 0)
        {
            request.Headers.Add("Cookie", string.Join("; ", _cookies.Select(c => c.Key + "=" + c.Value)));
        }

        if (language is not null)
        {
            request.Headers.Add("Accept-Language", language);
        }

        Answer?.Dispose();
        Answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Page = await Answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (var line in Answer.Headers.TryGetValues("Set-Cookie", out var lines) ? lines : [])
        {
            CookieLines.Add(line);
            var (name, value) = (line.Split('=')[0], line.Split('=')[1].Split(';')[0]);
            if (value.Length == 0)
            {
                _cookies.Remove(name);
            }
            else
            {
                _cookies[name] = value;
            }
        }

        return Answer.StatusCode;
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"(?: /)?>")]
    private static partial Regex HiddenField();

    [GeneratedRegex("<code>((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})</code>")]
    private static partial Regex RecoveryCode();
}
