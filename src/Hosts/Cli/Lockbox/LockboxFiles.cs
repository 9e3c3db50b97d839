using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency.Consent;

namespace Beffroi.Hosts.Cli.Lockbox;

/// <summary>
/// What a person keeps for the lockbox, in <c>~/.config/INSTALLATION/lockbox</c>, mode 0600: an approver their key, sealed with a passphrase, and the keys of those whose word they
/// take in an audit; one of the operator's people the secrets of what they asked for.
/// </summary>
internal static class LockboxFiles
{
    private const string Name = "lockbox";

    private static string Folder => Path.Combine(ContextStore.ForUser(InstallationName.FromEnvironment().Name).Directory, Name);

    public static string KeyOf(string organization) => Path.Combine(Folder, organization + ".key");

    public static string SecretOf(Guid request) => Path.Combine(Folder, request.ToString("D") + ".secret");

    public static string ApproversOf(string organization) => Path.Combine(Folder, organization + ".approvers");

    /// <summary>Removes all of it with the installation: none of these keys and secrets opens anything any more.</summary>
    /// <param name="configuration">The person's configuration folder of the installation.</param>
    public static void Clear(string configuration)
    {
        if (Path.Combine(configuration, Name) is var folder && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static void Write(string path, string content)
    {
        PrivateFiles.EnsureDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        PrivateFiles.Write(path, content);
    }

    /// <exception cref="CliException">It can't be read.</exception>
    public static string Read(string path, string what)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{what} can't be read: {e.Message}", ExitCode.NotFound, e);
        }
    }

    /// <summary>The keys in a file, one a line.</summary>
    public static IReadOnlyList<ApproverKey> Keys(string path) => [.. Read(path, "The file with approvers' keys").Split('\n').Select(l => l.Trim()).Where(l => l is not "" && l[0] != '#')
        .Select(l => ApproverKey.Parse(l) is { } key ? key : throw new CliException($"{path}: {l} is no key of an approver (NAME+ID+BASE64).", ExitCode.Usage))];

    /// <summary>Takes an approver's word from now on.</summary>
    public static void Trust(string organization, ApproverKey key)
    {
        var path = ApproversOf(organization);
        var known = File.Exists(path) ? Keys(path) : [];
        if (!known.Any(k => k.ToString() == key.ToString()))
        {
            Write(path, string.Concat(known.Append(key).Select(k => k + "\n")));
        }
    }

    /// <summary>A passphrase, typed by a person without being shown, or the first line of standard input.</summary>
    public static string Passphrase(Terminal terminal, string question)
    {
        if (!terminal.CanAsk)
        {
            return Console.ReadLine() is { Length: > 0 } line ? line : throw new CliException("The key's passphrase is read from standard input, and there was none.", ExitCode.Usage);
        }

        terminal.Error.Write(question + ": ");
        var typed = new System.Text.StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace && typed.Length > 0)
            {
                typed.Length--;
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        terminal.Error.WriteLine();
        return typed.ToString();
    }
}
