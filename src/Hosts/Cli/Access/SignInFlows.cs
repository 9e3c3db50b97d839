using System.Buffers.Text;
using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary>The two ways to sign a person in: in a browser on this machine, or in one anywhere.</summary>
internal static class SignInFlows
{
    private const string Scope = "openid offline_access";

    /// <summary>Authorization code with a proof key (RFC 7636), back over the loopback interface (RFC 8252).</summary>
    public static async Task<SessionTokens> LoopbackAsync(ApiClient api, Terminal terminal, CancellationToken cancellationToken)
    {
        using var listener = new LoopbackListener();
        var (verifier, state) = (Random(), Random());
        var address = new Uri(api.Server, "/oauth/authorize?" + string.Join('&', new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = SessionCredential.Client,
            ["redirect_uri"] = listener.RedirectUri,
            ["scope"] = Scope,
            ["state"] = state,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        }.Select(p => p.Key + "=" + Uri.EscapeDataString(p.Value)))).AbsoluteUri;
        await terminal.Error.WriteLineAsync("Sign in with a browser on this machine, at the following address. (Is there none? Use: beffroi login --device)\n" + address);
        OpenBrowser(address, terminal);
        var code = await listener.WaitAsync(state, cancellationToken);
        var (tokens, error) = await api.PostOAuthAsync(
            "/oauth/token",
            new Dictionary<string, string>
            {
                ["grant_type"] = "authorization_code",
                ["client_id"] = SessionCredential.Client,
                ["code"] = code,
                ["redirect_uri"] = listener.RedirectUri,
                ["code_verifier"] = verifier,
            },
            ApiClient.Wire.SessionTokens,
            cancellationToken);
        return tokens ?? throw Refused(error);
    }

    /// <summary>Device authorization (RFC 8628): the person types a code in a browser on any machine.</summary>
    public static async Task<SessionTokens> DeviceAsync(ApiClient api, Terminal terminal, CancellationToken cancellationToken)
    {
        var (device, refused) = await api.PostOAuthAsync(
            "/oauth/device", new Dictionary<string, string> { ["client_id"] = SessionCredential.Client, ["scope"] = Scope }, ApiClient.Wire.DeviceAuthorization, cancellationToken);
        if (device is null)
        {
            throw Refused(refused);
        }

        await terminal.Error.WriteLineAsync($"Open {Columns.Printable(device.VerificationUri)} in a browser, sign in, and enter this code:\n\n    {Columns.Printable(device.UserCode)}\n");
        var interval = TimeSpan.FromSeconds(Math.Clamp(device.Interval, 1, 60));
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(device.ExpiresIn))
        {
            await Task.Delay(interval, cancellationToken);
            var (tokens, error) = await Session.PatientlyAsync(
                () => api.PostOAuthAsync(
                    "/oauth/token",
                    new Dictionary<string, string>
                    {
                        ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code",
                        ["client_id"] = SessionCredential.Client,
                        ["device_code"] = device.DeviceCode,
                    },
                    ApiClient.Wire.SessionTokens,
                    cancellationToken),
                cancellationToken);
            if (tokens is not null)
            {
                return tokens;
            }

            if (error == "slow_down")
            {
                // RFC 8628 section 3.5.
                interval += TimeSpan.FromSeconds(5);
            }
            else if (error != "authorization_pending")
            {
                throw Refused(error);
            }
        }

        throw Refused("expired_token");
    }

    private static CliException Refused(string? error) => error switch
    {
        "access_denied" => new CliException("The sign-in was refused in the browser.", ExitCode.Refused),
        "expired_token" => new CliException("Nobody entered the code in time. Start again with `beffroi login --device`.", ExitCode.TimedOut),
        "temporarily_unavailable" => new CliException("The server wants to be asked later: too many sign-ins failed, or wait, at your address.", ExitCode.Unreachable),
        _ => new CliException($"The sign-in was not accepted ({error}).", ExitCode.Refused),
    };

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Only where someone watches, or named one; it does no harm if there is none, as the address is shown.</summary>
    private static void OpenBrowser(string address, Terminal terminal)
    {
        var named = Environment.GetEnvironmentVariable("BROWSER");
        var graphical = Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is { Length: > 0 } || Environment.GetEnvironmentVariable("DISPLAY") is { Length: > 0 };
        if (named is not { Length: > 0 } && !(terminal.CanAsk && graphical))
        {
            return;
        }

        try
        {
            // Not waited for. What it prints is not ours to show.
            using var browser = Process.Start(new ProcessStartInfo(named is { Length: > 0 } ? named : "xdg-open", [address]) { RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (Win32Exception)
        {
            // None there.
        }
    }
}
