namespace Beffroi.Transparency.Consent;

/// <summary>An Ed25519 key in a file on a machine of its holder's. Immutable.</summary>
internal sealed class MachineKey(NoteKey key) : ApproverKey
{
    public override string Name => key.Name;

    public override uint Id => key.Id;

    public override bool IsPasskey => false;

    public override string ToString() => key.ToString();

    private protected override bool IsTrue(string text, ReadOnlySpan<byte> signature) => key.IsTrue(text, signature);
}
