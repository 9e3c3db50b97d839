using System.Buffers.Binary;
using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Of passwords the platform has only salted digests that are slow to try.</summary>
internal sealed class PasswordsHashed : IEvidenceCheck
{
    /// <summary>OWASP's number for PBKDF2 with HMAC-SHA-512.</summary>
    internal const uint FewestIterations = 210_000;

    public CheckDescription Description { get; } = new(
        "passwords-hashed",
        new("Passwords are kept as salted, slow digests only", "Les mots de passe ne sont conservés que sous forme d'empreintes salées et lentes"),
        new(
            "The parameters that each stored digest names: PBKDF2 with HMAC-SHA-512, 210,000 rounds and a salt of 128 bits at least.",
            "Les paramètres que nomme chaque empreinte : PBKDF2 avec HMAC-SHA-512, au moins 210 000 tours et un sel de 128 bits."),
        Enforced: true,
        "secnumcloud-3.2/10.3.a", "secnumcloud-3.2/10.3.d")
    {
        JudgesBy = [ConfigurationFiles.Access],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var all = await connection.Statement(
            "select f.password_hash from platform.factors f join platform.principals p on p.id = f.principal_id where p.organization_id = $1", organizationId)
            .ListAsync(r => IsStrong(r.GetString(0)), cancellationToken);
        var weak = all.Count(strong => !strong);
        return all.Count == 0 ? new Observation(null, new("Nobody has a password.", "Personne n'a de mot de passe."))
            : weak == 0
                ? new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"All {all.Count} are."), string.Create(CultureInfo.InvariantCulture, $"C'est le cas de tous ({all.Count}).")))
            : new Observation(false, new(
                string.Create(CultureInfo.InvariantCulture, $"{weak} of {all.Count} are not."), string.Create(CultureInfo.InvariantCulture, $"Ce n'est pas le cas de {weak} sur {all.Count}.")));
    }

    /// <summary>
    /// Reads the header of ASP.NET Core Identity's version 3 format: a byte 1, then as big-endian 32-bit numbers the function (2 for HMAC-SHA-512), the rounds and the salt's length, then
    /// salt and digest.
    /// </summary>
    internal static bool IsStrong(string hash)
    {
        Span<byte> bytes = stackalloc byte[256];
        return hash.Length <= 340
            && Convert.TryFromBase64String(hash, bytes, out var length) && length >= 13 && bytes[0] == 1
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]) == 2
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) >= FewestIterations
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[9..]) is >= 16 and var salt && length >= 13 + salt + 32;
    }
}
