namespace Beffroi.Hosts.Cli.Setup;

/// <summary>The user that beffroid runs as, and the installation's directories.</summary>
internal static class SystemUser
{
    private const UnixFileMode Enter = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode ForAll = Enter
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static async Task<string?> EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        var made = false;
        if (!(await context.Processes.TryAsync("getent", ["passwd", installation.User], cancellationToken)).Ok)
        {
            await context.Processes.RunAsync(
                "useradd",
                ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "--comment", "Beffroi control plane", installation.User],
                cancellationToken);
            made = true;
        }

        foreach (var directory in new[] { installation.Programs, installation.Configuration, installation.State, installation.Logs, installation.Run, installation.State + "/images" })
        {
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, ForAll);
        }

        // Keys of organizations and what else beffroid keeps for itself.
        string[] own = [installation.State + "/server", installation.State + "/server/keys", SoftToken.Directory(installation)];
        foreach (var directory in own)
        {
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, Enter);
        }

        await context.Processes.RunAsync("chown", [installation.User + ":" + installation.User, .. own], cancellationToken);
        return made ? installation.User : null;
    }
}
