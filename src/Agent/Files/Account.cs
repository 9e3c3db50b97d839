using System.Globalization;

namespace Beffroi.Agent.Files;

/// <summary>A system account of the instance.</summary>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Its primary group.</param>
internal sealed record Account(uint Uid, uint Gid)
{
    /// <summary>The instance's root, which is an unprivileged user on the host.</summary>
    internal static Account Root { get; } = new(0, 0);

    /// <summary>Looks an account up (passwd(5)).</summary>
    /// <exception cref="InvalidOperationException">The image has no such account.</exception>
    internal static Account Of(string name) =>
        File.ReadLines("/etc/passwd")
            .Select(line => line.Split(':'))
            .Where(fields => fields.Length >= 4 && fields[0] == name)
            .Select(fields => new Account(uint.Parse(fields[2], CultureInfo.InvariantCulture), uint.Parse(fields[3], CultureInfo.InvariantCulture)))
            .FirstOrDefault() ?? throw new InvalidOperationException($"The image has no account {name}.");
}
