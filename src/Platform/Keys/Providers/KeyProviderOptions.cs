using System.Text.RegularExpressions;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>A provider of organizations' keys beside the built-in <c>software</c>, as the operator configures it in <c>server.json</c>.</summary>
public sealed partial record KeyProviderOptions
{
    /// <summary>A name like an organization's; not <c>software</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>pkcs11</c> or <c>transit</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Which organizations may use it, by name; null for all.</summary>
    public IReadOnlyList<string>? Organizations { get; init; }

    /// <summary>pkcs11: the module's shared library, an absolute path.</summary>
    public string? Module { get; init; }

    /// <summary>pkcs11: the token's label.</summary>
    public string? TokenLabel { get; init; }

    /// <summary>pkcs11: the file with the user's PIN, which only root and beffroid's user may read.</summary>
    public string? PinFile { get; init; }

    /// <summary>pkcs11: variables that the module reads, such as SoftHSM2's <c>SOFTHSM2_CONF</c>; set for beffroid alone, before any module is loaded.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>transit: the service's address, https, e.g. <c>https://vault.hospital.example:8200</c>.</summary>
    public Uri? Address { get; init; }

    /// <summary>transit: PEM file of the only certificate authority that the service's certificate may chain to.</summary>
    public string? CaFile { get; init; }

    /// <summary>transit: the file with the token, read at each call, so that it can be replaced at any time.</summary>
    public string? TokenFile { get; init; }

    /// <summary>transit: where the engine is mounted.</summary>
    public string Mount { get; init; } = "transit";

    /// <summary>transit: the namespace, where the service has such.</summary>
    public string? Namespace { get; init; }

    /// <summary>What is wrong with it, as a sentence; null if nothing is.</summary>
    public string? Fault() =>
        Name == SoftwareKeys.ProviderName || !Beffroi.Kernel.ResourceName.IsValid(Name) ? $"A key provider's name follows the rule for names and isn't '{SoftwareKeys.ProviderName}'."
        : Kind switch
        {
            "pkcs11" when Module is not ['/', ..] || string.IsNullOrEmpty(TokenLabel) || PinFile is not ['/', ..] =>
                $"The key provider {Name} needs Module and PinFile (absolute paths) and TokenLabel.",
            "transit" when Address is not { IsAbsoluteUri: true, Scheme: "https" } || CaFile is not ['/', ..] || TokenFile is not ['/', ..] =>
                $"The key provider {Name} needs Address (https), CaFile and TokenFile (absolute paths).",
            "transit" when !MountForm().IsMatch(Mount) => $"The Mount of the key provider {Name} is letters, digits, -, _ and / only.",
            "pkcs11" or "transit" => null,
            _ => $"The key provider {Name} is of kind pkcs11 or transit.",
        };

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex MountForm();
}
