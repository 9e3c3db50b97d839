using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>Something of the API's, from a file that a person wrote.</summary>
internal static class JsonFile
{
    private const int Largest = 64 * 1024;

    /// <summary>Reads it.</summary>
    /// <param name="path">Which file.</param>
    /// <param name="type">How it is read.</param>
    /// <param name="what">What it is, for the error, e.g. <c>a space's label</c>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <param name="largest">In bytes.</param>
    /// <exception cref="CliException">It isn't there, is too long, or isn't that.</exception>
    public static async Task<T> ReadAsync<T>(string path, JsonTypeInfo<T> type, string what, CancellationToken cancellationToken, int largest = Largest)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: var length } && length > largest
                ? throw new CliException($"{path} is too long: at most {largest} bytes.", ExitCode.Usage)
                : JsonSerializer.Deserialize(await File.ReadAllBytesAsync(path, cancellationToken), type) ?? throw new JsonException("It is null.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CliException($"{path} can't be read as {what}: {e.Message}", ExitCode.Usage, e);
        }
    }
}
