using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// The command in everyone's path: a link for the installation <c>beffroi</c>; for another, a small script of its name that
/// says which installation is meant.
/// </summary>
internal static class CommandLink
{
    public static string PathOf(Installation installation) => "/usr/local/bin/" + installation.Name;

    public static Task EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(context.Installation);
        var program = context.Programs + "/cli/beffroi";
        if ((File.Exists(path) || new FileInfo(path).LinkTarget is not null) && !IsOurs(context.Installation))
        {
            throw new SetupException($"{path} exists and is not ours.", advice: "Move it away, then run this again.");
        }

        if (context.Installation.Name == "beffroi")
        {
            if (new FileInfo(path).LinkTarget != program)
            {
                File.Delete(path);
                File.CreateSymbolicLink(path, program);
            }
        }
        else
        {
            var script = $"#!/bin/sh\nBEFFROI_INSTALLATION={context.Installation.Name} exec {program} \"$@\"\n";
            PrivateFiles.WriteIfDifferent(path, script, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        return Task.CompletedTask;
    }

    /// <summary>Whether what is there was made by <c>up</c>.</summary>
    public static bool IsOurs(Installation installation)
    {
        var path = PathOf(installation);
        var file = new FileInfo(path);
        return file.LinkTarget is { } target
            ? target.StartsWith(installation.Programs + "/", StringComparison.Ordinal)
            : file.Exists && file.Length < 4096 && File.ReadAllText(path).Contains("BEFFROI_INSTALLATION=" + installation.Name + " ", StringComparison.Ordinal);
    }
}
