using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>service-account key</c> and <c>access-token</c>: keys that a program signs with instead of keeping a token.</summary>
internal static class ServiceAccountKeyCommands
{
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromMinutes(2);

    public static Command Key(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The service account's name" };
        var file = new Option<string>("--key") { Description = "Where to write the private key (PEM, mode 0600); must not exist", Required = true, HelpName = "FILE" };
        return options.Run(terminal, new Command("key", "Make a key that the service account signs with from now on, instead of earlier ones") { name, file }, async (session, result, token) =>
        {
            var path = Path.GetFullPath(result.GetRequiredValue(file));
            if (File.Exists(path))
            {
                throw new CliException($"{path} exists already.", ExitCode.Usage);
            }

            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            PrivateFiles.Write(path, key.ExportPkcs8PrivateKeyPem() + "\n");
            await session.Api.ChangeAsync(
                HttpMethod.Put,
                AccessPaths.One(AccessPaths.ServiceAccounts(session.Space.Organization), result.GetRequiredValue(name)) + "/keys",
                new PublicKeys([key.ExportSubjectPublicKeyInfoPem()]),
                ApiClient.Wire.PublicKeys,
                ApiClient.Wire.PublicKeys,
                Preconditions.None,
                token);
            return session.Confirm(new JsonObject { ["name"] = result.GetRequiredValue(name), ["keyFile"] = path }, $"{result.GetValue(name)} signs with the key in {path} from now on.");
        });
    }

    public static Command AccessToken(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("account") { Description = "ORGANIZATION/NAME of the service account" };
        var file = new Option<string?>("--key") { Description = "Its private key (PEM)", HelpName = "FILE" };
        var external = new Option<string?>("--token") { Description = "Instead: a token of one of its workload identities", HelpName = "FILE" };
        var issuer = new Option<string?>("--issuer") { Description = "The installation meant [urn:beffroi:INSTALLATION]", HelpName = "URN" };
        // Whatever the context, only its server is used.
        var command = new Command("access-token", "Get a token for ten minutes with the service account's key, or a token of a workload identity, and print it") { name, file, external, issuer };
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is null == result.GetValue(external) is null)
            {
                result.AddError("Either --key or --token.");
            }
        });
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var form = result.GetValue(external) is { } path
                ? Exchange(result.GetRequiredValue(name), path)
                : Assert(result.GetRequiredValue(name), result.GetValue(file)!, result.GetValue(issuer) ?? "urn:beffroi:" + InstallationName.FromEnvironment().Name);
            var answer = await session.Api.PostFormAsync("/v1/oauth/token", form, ApiClient.Wire.OAuthToken, token);
            session.Results.Value(answer, wire => wire.OAuthToken, writer => writer.WriteLine(answer.AccessToken));
            return ExitCode.Ok;
        });
    }

    private static Dictionary<string, string> Assert(string account, string file, string audience)
    {
        using var key = ReadKey(file);
        return new()
        {
            ["grant_type"] = "client_credentials",
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = Sign(key, account, audience, DateTimeOffset.UtcNow),
        };
    }

    private static Dictionary<string, string> Exchange(string account, string file) => new()
    {
        ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
        ["client_id"] = account,
        ["subject_token"] = InputFiles.ReadText(file).Trim(),
        ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
    };

    /// <summary>An assertion (RFC 7523) with ES256.</summary>
    internal static string Sign(ECDsa key, string account, string audience, DateTimeOffset now)
    {
        var payload = new JsonObject
        {
            ["iss"] = account,
            ["sub"] = account,
            ["aud"] = audience,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + AssertionLifetime).ToUnixTimeSeconds(),
        };
        var text = Part("""{"alg":"ES256","typ":"JWT"}""") + "." + Part(payload.ToJsonString());
        return text + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

        static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }

    private static ECDsa ReadKey(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new CliException($"The key in {file} can't be read: {e.Message}", ExitCode.Usage, e);
        }
    }
}
