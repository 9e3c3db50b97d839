using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// A SoftHSM2 token of the installation's own, in which organizations' keys begin: the same PKCS#11 as with an HSM. It lies on this machine beside its PIN,
/// so it protects from who has one of the two, not from root.
/// </summary>
internal static class SoftToken
{
    public const string Provider = "softhsm";
    public const string Advice = "The token lies in server/token of the state directory. Without it no organization's key can be used: don't remove it.";
    private const string Module = "/usr/lib/softhsm/libsofthsm2.so";

    public static string Directory(Installation installation) => installation.State + "/server/token";

    /// <summary>What server.json says of it (KeyProviderOptions).</summary>
    public static JsonObject Describe(Installation installation) => new()
    {
        ["Name"] = Provider,
        ["Kind"] = "pkcs11",
        ["Module"] = Module,
        ["TokenLabel"] = installation.Name,
        ["PinFile"] = PinFile(installation),
        ["Environment"] = new JsonObject { ["SOFTHSM2_CONF"] = ModuleFile(installation) },
    };

    public static async Task<string?> EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        if (!File.Exists(PinFile(installation)))
        {
            PrivateFiles.Write(PinFile(installation), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24)) + "\n", ConfigurationFiles.Group);
        }

        await context.Processes.RunAsync("chown", ["root:" + installation.User, PinFile(installation)], cancellationToken);
        PrivateFiles.WriteIfDifferent(
            ModuleFile(installation),
            $"directories.tokendir = {Directory(installation)}\nobjectstore.backend = file\nlog.level = ERROR\n",
            ConfigurationFiles.Group | UnixFileMode.OtherRead);

        // By beffroid itself, as its user: the PIN is on no command line, and the token is in nobody else's hands at any moment.
        var made = await context.Processes.RunAsync(
            "setpriv",
            [
                "--reuid=" + installation.User, "--regid=" + installation.User, "--init-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--",
                context.Programs + "/server/beffroid", "init-token", Provider, "--config", ConfigurationFiles.ServerFile(installation),
            ],
            new ProcessOptions("/"),
            cancellationToken);
        return made.Output.Contains("made") ? Provider : "unchanged";
    }

    private static string PinFile(Installation installation) => installation.Configuration + "/softhsm.pin";

    private static string ModuleFile(Installation installation) => installation.Configuration + "/softhsm2.conf";
}
