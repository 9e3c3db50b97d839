using System.Text.Json;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Contexts;

/// <summary>The person's configuration file, <c>~/.config/INSTALLATION/config.json</c>, mode 0600.</summary>
internal sealed class ContextStore(string directory)
{
    /// <summary>Where the file and what belongs to it are.</summary>
    public string Directory { get; } = directory;

    private string File => Path.Combine(Directory, "config.json");

    /// <summary>That of the person who runs the program, for an installation of this name.</summary>
    public static ContextStore ForUser(string installation)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var configuration = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } set ? set : Path.Combine(home is "" ? "/root" : home, ".config");
        return new ContextStore(Path.Combine(configuration, installation));
    }

    public CliConfiguration Load()
    {
        try
        {
            return JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(File), ConfigurationJson.Default.CliConfiguration) ?? Empty();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Empty();
        }
        catch (Exception e) when (e is JsonException or UnauthorizedAccessException)
        {
            throw new CliException($"{File} can't be read: {e.Message}", ExitCode.Usage, e);
        }
    }

    public void Save(CliConfiguration configuration)
    {
        PrivateFiles.EnsureDirectory(Directory);
        PrivateFiles.Write(File, JsonSerializer.Serialize(configuration, ConfigurationJson.Default.CliConfiguration) + "\n");
    }

    /// <summary>The context of this name, or the current one for null.</summary>
    public (string Name, CliContext Context) Get(string? name)
    {
        var configuration = Load();
        name ??= configuration.Current;
        if (name is null)
        {
            throw new CliException("There is no context yet, which says where the server is. `beffroi up` makes one for the machine it runs on.", ExitCode.Usage);
        }

        return configuration.Contexts.TryGetValue(name, out var context)
            ? (name, context)
            : throw new CliException($"There is no context {name}. There are: {string.Join(", ", configuration.Contexts.Keys)}.", ExitCode.Usage);
    }

    private static CliConfiguration Empty() => new(null, []);
}
