using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.SignIn;

/// <summary>Someone who is signed in, in one browser. Safe for concurrent use: of several pages at once, one renews the tokens.</summary>
internal sealed class ConsoleSession(IConsoleSignIn signIn, ConsoleSignIn tokens, TimeProvider time) : IDisposable
{
    // More than a browser can be on its way to at once.
    private const int MostKept = 5;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly List<(string Id, ShownOnce Secret)> _kept = [];
    private ConsoleSignIn _tokens = tokens;
    private DateTimeOffset _accessEnds = time.GetUtcNow() + tokens.Lifetime;

    public ConsoleSignIn Tokens => _tokens;

    public DateTimeOffset BegunAt { get; } = time.GetUtcNow();

    public DateTimeOffset UsedAt { get; private set; } = time.GetUtcNow();

    /// <summary>The person's name and organization, once known.</summary>
    public string Name { get; set; } = "";

    public string Organization { get; set; } = "";

    public void Used() => UsedAt = time.GetUtcNow();

    /// <summary>An access token that is good for a while.</summary>
    /// <exception cref="SessionEndedException">There is none to be had.</exception>
    public Task<string> TokenAsync(HttpContext http, TimeSpan margin) =>
        _accessEnds - margin > time.GetUtcNow() ? Task.FromResult(_tokens.Access) : RenewAsync(http, _tokens.Access);

    /// <summary>Another access token than this one.</summary>
    /// <exception cref="SessionEndedException">There is none to be had.</exception>
    public async Task<string> RenewAsync(HttpContext http, string tried)
    {
        await _turn.WaitAsync(http.RequestAborted);
        try
        {
            if (_tokens.Access == tried)
            {
                _tokens = await signIn.RenewAsync(http, _tokens) ?? throw new SessionEndedException();
                _accessEnds = time.GetUtcNow() + _tokens.Lifetime;
            }

            return _tokens.Access;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Keeps a secret until a page shows it; what that page's address has in its place.</summary>
    public string Keep(ShownOnce secret)
    {
        var id = Cookies.Random();
        lock (_lock)
        {
            if (_kept.Count == MostKept)
            {
                _kept.RemoveAt(0);
            }

            _kept.Add((id, secret));
        }

        return id;
    }

    /// <summary>A kept secret, which is forgotten with that; null if it is no longer kept.</summary>
    public ShownOnce? Take(string id)
    {
        lock (_lock)
        {
            var at = _kept.FindIndex(k => Cookies.Same(id, k.Id));
            if (at < 0)
            {
                return null;
            }

            var secret = _kept[at].Secret;
            _kept.RemoveAt(at);
            return secret;
        }
    }

    public void Dispose() => _turn.Dispose();
}
