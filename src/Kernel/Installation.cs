using System.Text.RegularExpressions;

namespace Beffroi.Kernel;

/// <summary>
/// Where one installation keeps its things. Several can live on one machine (the tests' beside a person's), told apart by
/// name: it prefixes directories, users, services and everything in Incus.
/// </summary>
public sealed partial record Installation
{
    /// <summary>Names an installation: <c>beffroi</c>, or <c>beffroi</c> with a short suffix such as <c>beffroi-e2e</c>.</summary>
    /// <exception cref="ArgumentException">The name is not of that form.</exception>
    public Installation(string name)
    {
        if (!Form().IsMatch(name))
        {
            throw new ArgumentException("An installation is called beffroi, or beffroi- and up to four lower-case letters or digits.", nameof(name));
        }

        Name = name;
    }

    /// <summary>The name, at most 12 characters.</summary>
    public string Name { get; }

    /// <summary>Programs.</summary>
    public string Programs => "/opt/" + Name;

    /// <summary>Configuration: server.json, host.json, the API's CA certificate.</summary>
    public string Configuration => "/etc/" + Name;

    /// <summary>State: the store, volumes, keys, images.</summary>
    public string State => "/var/lib/" + Name;

    /// <summary>Sockets.</summary>
    public string Run => "/run/" + Name;

    /// <summary>Logs.</summary>
    public string Logs => "/var/log/" + Name;

    /// <summary>The unprivileged system user that beffroid runs as.</summary>
    public string User => Name;

    /// <summary>Where beffroi-host listens; only <see cref="User"/> and root may connect.</summary>
    public string HostSocket => Run + "/host.sock";

    /// <summary>
    /// The bridge and Incus network of the space with this index. An interface's name has at most 15 characters
    /// (IFNAMSIZ): <c>beffroi-7</c>, <c>bfr-e2e-7</c>.
    /// </summary>
    public string NetworkName(int spaceIndex) => NetworkPrefix + spaceIndex.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What every network interface of this installation starts with; no other installation's does.</summary>
    public string NetworkPrefix => Name.Length > 8 ? string.Concat("bfr", Name.AsSpan(7), "-") : "beffroi-";

    /// <summary>The Incus project of a space.</summary>
    public string ProjectName(Guid spaceId) => Name + "-" + spaceId.ToString("N");

    /// <summary>The Incus instance of this id; also its host name.</summary>
    public static string InstanceName(Guid instanceId) => "i-" + instanceId.ToString("N");

    /// <summary>The alias in Incus of an image of this kind, e.g. <c>beffroi-postgres</c>.</summary>
    public string ImageAlias(string image) => Name + "-" + image;

    /// <summary>The Incus storage pool made by <c>up</c>.</summary>
    public string StoragePool => Name;

    [GeneratedRegex(@"\Abeffroi(-[a-z0-9]{1,4})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
