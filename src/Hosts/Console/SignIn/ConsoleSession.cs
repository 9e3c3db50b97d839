using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.SignIn;

/// <summary>Someone who is signed in, in one browser. Safe for concurrent use: of several pages at once, one renews the tokens.</summary>
internal sealed class ConsoleSession(IConsoleSignIn signIn, ConsoleSignIn tokens, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
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

    public void Dispose() => _turn.Dispose();
}
