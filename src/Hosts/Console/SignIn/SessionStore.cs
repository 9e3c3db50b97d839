using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Beffroi.Hosts.WebConsole.SignIn;

/// <summary>
/// The console's sessions, in memory, under the SHA-256 of their browsers' cookies. Time ends those that aren't used, here and at the provider; bounded in number. Safe for concurrent use.
/// </summary>
internal sealed partial class SessionStore(IConsoleSignIn signIn, ConsoleOptions options, TimeProvider time, ILogger<SessionStore> logger) : BackgroundService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ConsoleSession> _sessions = [];

    /// <summary>Keeps a session; the value for its cookie.</summary>
    public async Task<string> AddAsync(ConsoleSession session)
    {
        var cookie = Cookies.Random();
        List<ConsoleSession> beyond = [];
        lock (_lock)
        {
            Drop(_sessions.Where(s => s.Value.Tokens.Holder == session.Tokens.Holder), options.MostPerPerson);
            Drop(_sessions, options.MostSessions);
            _sessions[Cookies.Hash(cookie)] = session;
        }

        await EndAsync(beyond);
        return cookie;

        void Drop(IEnumerable<KeyValuePair<string, ConsoleSession>> of, int most)
        {
            var all = of.OrderBy(s => s.Value.UsedAt).ToList();
            foreach (var (key, old) in all.Take(Math.Max(0, all.Count + 1 - most)))
            {
                _sessions.Remove(key);
                beyond.Add(old);
            }
        }
    }

    /// <summary>The session of a cookie; null for one that is unknown or has ended.</summary>
    /// <param name="cookie">The cookie.</param>
    /// <param name="used">Whether a person uses it, which keeps it from ending.</param>
    public ConsoleSession? Find(string? cookie, bool used = true)
    {
        lock (_lock)
        {
            if (cookie is not { Length: 43 } || !_sessions.TryGetValue(Cookies.Hash(cookie), out var session) || Ended(session))
            {
                return null;
            }

            if (used)
            {
                session.Used();
            }

            return session;
        }
    }

    /// <summary>Forgets a session. It isn't ended at the provider.</summary>
    public ConsoleSession? Remove(string? cookie)
    {
        lock (_lock)
        {
            return cookie is not null && _sessions.Remove(Cookies.Hash(cookie), out var session) ? session : null;
        }
    }

    /// <summary>Signs someone out.</summary>
    public async Task EndAsync(HttpContext http, string? cookie)
    {
        if (Remove(cookie) is { } session)
        {
            await signIn.EndAsync(http, session.Tokens);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Sweep, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            List<ConsoleSession> ended = [];
            lock (_lock)
            {
                foreach (var (key, session) in _sessions.Where(s => Ended(s.Value)).ToList())
                {
                    _sessions.Remove(key);
                    ended.Add(session);
                }
            }

            await EndAsync(ended);
        }
    }

    private bool Ended(ConsoleSession session) => time.GetUtcNow() is var now && (now - session.UsedAt > options.Idle || now - session.BegunAt > options.Longest);

    private async Task EndAsync(IEnumerable<ConsoleSession> sessions)
    {
        foreach (var session in sessions)
        {
            try
            {
                await signIn.EndAsync(null, session.Tokens);
            }
            catch (Exception failure)
            {
                // Its tokens are forgotten all the same; only the list of sessions shows it until it ends by itself.
                NotEnded(logger, session.Tokens.Session, failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The console's session {Session} was forgotten, and could not be ended.")]
    private static partial void NotEnded(ILogger logger, Guid session, Exception failure);
}
