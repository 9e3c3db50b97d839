namespace Beffroi.Platform.Http.OpenId;

/// <summary>The command line as a client. It keeps no secret (RFC 8252 section 8.5): what it is sent goes to the machine that asked.</summary>
internal static class CliClient
{
    /// <summary>Its <c>client_id</c>.</summary>
    public const string Id = "beffroi-cli";

    private const string Path = "/callback";

    /// <summary>Whether answers may go there: a port of the loopback interface, by address and not by a name that could be made to lead elsewhere (RFC 8252 sections 7.3 and 8.3).</summary>
    public static bool MayRedirectTo(string? uri) =>
        uri is { Length: <= 64 } && Uri.TryCreate(uri, UriKind.Absolute, out var parsed)
        && (uri == $"http://127.0.0.1:{parsed.Port}{Path}" || uri == $"http://[::1]:{parsed.Port}{Path}");
}
