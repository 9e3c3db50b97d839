using System.Text;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>A log as its server gives it out. Nothing of it is believed before it is verified.</summary>
internal sealed class ApiLog : ITileSource
{
    private readonly ApiClient _api;
    private readonly string _path;

    private ApiLog(ApiClient api, string path, string owner) => (_api, _path, Owner) = (api, path, owner);

    /// <summary>Whose it is, in words.</summary>
    public string Owner { get; }

    /// <summary>Where it is, for telling one log from another of the same organization's name elsewhere.</summary>
    public string Address => new Uri(_api.Server, _path).ToString();

    /// <summary>That of an organization.</summary>
    public static ApiLog Of(ApiClient api, string organization) => new(api, Paths.Ledger(organization), organization);

    /// <summary>The one that a session's ledger commands are about: the operator's own in a context of theirs, else that of the space's organization.</summary>
    public static ApiLog Of(Session session) =>
        session.IsOperator ? new(session.Api, PathOf(session), "the operator") : Of(session.Api, session.Space.Organization);

    /// <summary>Its path at the API.</summary>
    public static string PathOf(Session session) => session.IsOperator ? Paths.OperatorLedger : Paths.Ledger(session.Space.Organization);

    public async ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken) =>
        await _api.FindBytesAsync(_path + "/" + tile.Path, cancellationToken);

    /// <summary>The newest checkpoint with its signatures; null while there is none.</summary>
    public Task<string?> FindCheckpointAsync(CancellationToken cancellationToken) => FindTextAsync("/checkpoint", cancellationToken);

    /// <summary>The newest checkpoint that a witness cosigned; null while there is none.</summary>
    public Task<string?> FindCosignedAsync(CancellationToken cancellationToken) => FindTextAsync("/checkpoint?cosigned=true", cancellationToken);

    /// <summary>The public key that the server names.</summary>
    public async Task<NoteKey> KeyAsync(CancellationToken cancellationToken) =>
        NoteKey.Parse((await FindTextAsync("/key", cancellationToken))?.TrimEnd('\n') ?? "")
        ?? throw new CliException($"The server names no valid key for the ledger of {Owner}.", ExitCode.Failed);

    private async Task<string?> FindTextAsync(string path, CancellationToken cancellationToken) =>
        await _api.FindBytesAsync(_path + path, cancellationToken) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
