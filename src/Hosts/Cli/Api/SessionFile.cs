using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>What is kept of a session: the refresh token, good once, and the access token that it gave.</summary>
/// <param name="RefreshToken">For the next pair.</param>
/// <param name="AccessToken">Bearer token.</param>
/// <param name="ExpiresAt">When the access token ends, by this machine's clock, UTC.</param>
internal sealed record StoredSession(string RefreshToken, string AccessToken, DateTimeOffset ExpiresAt)
{
    /// <summary>Prints no token.</summary>
    public override string ToString() => "(session)";
}

/// <summary>How the file is read and written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StoredSession))]
internal sealed partial class SessionFileJson : JsonSerializerContext;

/// <summary>A session's file, mode 0600, and beside it a lock: of several commands at once one renews, and the others read what it got.</summary>
internal sealed class SessionFile(string path)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Path { get; } = path;

    public StoredSession Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path), SessionFileJson.Default.StoredSession) ?? throw new JsonException("It is empty.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException("You are not signed in. Sign in with `beffroi login`.", ExitCode.Refused, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CliException($"The session in {Path} can't be read: {e.Message} Sign in again with `beffroi login`.", ExitCode.Usage, e);
        }
    }

    public void Write(StoredSession session)
    {
        PrivateFiles.EnsureDirectory(System.IO.Path.GetDirectoryName(Path)!);
        PrivateFiles.Write(Path, JsonSerializer.Serialize(session, SessionFileJson.Default.StoredSession) + "\n");
    }

    public void Delete()
    {
        File.Delete(Path);
        File.Delete(LockPath);
    }

    /// <summary>Holds the session for this process alone until it is disposed.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        var deadline = DateTimeOffset.UtcNow + Patience;
        while (true)
        {
            try
            {
                return new FileStream(LockPath, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = PrivateFiles.OwnerOnly });
            }
            catch (IOException) when (DateTimeOffset.UtcNow < deadline)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException($"The session can't be renewed: {LockPath} can't be locked: {e.Message}", ExitCode.Failed, e);
            }
        }
    }

    private string LockPath => Path + ".lock";
}
