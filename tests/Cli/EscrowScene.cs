using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Cli.Tests;

/// <summary>An escrow key in three shares, any two of which open it, and an export of demo's keys that is sealed to it.</summary>
internal sealed class EscrowScene : IDisposable
{
    public static readonly Guid Organization = Guid.Parse("01900000-0000-7000-8000-0000000000ca");
    public static readonly Guid Resource = Guid.Parse("01900000-0000-7000-8000-0000000000cb");
    public static readonly Guid Space = Guid.Parse("01900000-0000-7000-8000-0000000000cc");
    private readonly Secret _seed = Secret.Random(EscrowPrivateKey.SeedLength);

    public EscrowScene()
    {
        Key = EscrowPrivateKey.FromSeed(_seed);
        Shares = [.. Slip39.Split(_seed, 2, 3, "").Select(s => s.ToMnemonic())];
        Export = new EscrowExport(
            EscrowExport.CurrentFormat, "demo", Organization, Key.PublicKey.Pem, Key.PublicKey.Fingerprint, new DateTimeOffset(2026, 12, 1, 8, 0, 0, TimeSpan.Zero),
            [Seal("eval", "space", Space, "authority/servers", AuthorityKey), Seal("eval/dossiers", "postgres", Resource, "resource-key", ResourceKey)]);
    }

    public EscrowPrivateKey Key { get; }

    public Secret ResourceKey { get; } = Secret.Random(32);

    public Secret AuthorityKey { get; } = Secret.Random(185);

    public IReadOnlyList<string> Shares { get; }

    public EscrowExport Export { get; }

    public KeyEscrow Shown => new("demo", Key.PublicKey.Pem, Key.PublicKey.Fingerprint, "alice", Export.ExportedAt, 2, 0);

    public void Dispose()
    {
        Key.Dispose();
        _seed.Dispose();
        ResourceKey.Dispose();
        AuthorityKey.Dispose();
    }

    private EscrowedKey Seal(string owner, string kind, Guid id, string purpose, Secret key)
    {
        var binding = new EscrowBinding(Organization, id, purpose, 1);
        return new EscrowedKey(owner, kind, id, purpose, 1, Convert.ToHexStringLower(binding.Commitment(key.Reveal())), Key.PublicKey.Seal(binding, key));
    }
}
