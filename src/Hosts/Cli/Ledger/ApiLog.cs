using System.Text;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>An organization's log as its server gives it out. Nothing of it is believed before it is verified.</summary>
internal sealed class ApiLog(ApiClient api, string organization) : ITileSource
{
    public string Organization => organization;

    /// <summary>Where it is, for telling one log from another of the same organization's name elsewhere.</summary>
    public string Address => new Uri(api.Server, Paths.Ledger(organization)).ToString();

    public async ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken) =>
        await api.FindBytesAsync(Paths.Ledger(organization) + "/" + tile.Path, cancellationToken);

    /// <summary>The newest checkpoint with its signatures; null while there is none.</summary>
    public Task<string?> FindCheckpointAsync(CancellationToken cancellationToken) => FindTextAsync("/checkpoint", cancellationToken);

    /// <summary>The newest checkpoint that a witness cosigned; null while there is none.</summary>
    public Task<string?> FindCosignedAsync(CancellationToken cancellationToken) => FindTextAsync("/checkpoint?cosigned=true", cancellationToken);

    /// <summary>The public key that the server names.</summary>
    public async Task<NoteKey> KeyAsync(CancellationToken cancellationToken) =>
        NoteKey.Parse((await FindTextAsync("/key", cancellationToken))?.TrimEnd('\n') ?? "")
        ?? throw new CliException($"The server names no valid key for the ledger of {organization}.", ExitCode.Failed);

    private async Task<string?> FindTextAsync(string path, CancellationToken cancellationToken) =>
        await api.FindBytesAsync(Paths.Ledger(organization) + path, cancellationToken) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
