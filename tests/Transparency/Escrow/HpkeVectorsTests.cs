using Beffroi.Transparency.Escrow;

namespace Beffroi.Transparency.Tests.Escrow;

/// <summary>RFC 9180, appendix A.6: DHKEM(P-521, HKDF-SHA512), HKDF-SHA512, AES-256-GCM.</summary>
public sealed class HpkeVectorsTests
{
    // A.6.1, base mode.
    private const string Info = "4f6465206f6e2061204772656369616e2055726e";
    private const string EphemeralMaterial = "7f06ab8215105fc46aceeb2e3dc5028b44364f960426eb0d8e4026c2f8b5d7e7a986688f1591abf5ab753c357a5d6f0440414b4ed4ede71317772ac98d9239f70904";
    private const string RecipientMaterial = "2ad954bbe39b7122529f7dde780bff626cd97f850d0784a432784e69d86eccaade43b6c10a8ffdb94bf943c6da479db137914ec835a7e715e36e45e29b587bab3bf1";
    private const string RecipientKey = "01462680369ae375e4b3791070a7458ed527842f6a98a79ff5e0d4cbde83c27196a3916956655523a6a2556a7af62c5cadabe2ef9da3760bb21e005202f7b2462847";

    private const string Encapsulated =
        "040138b385ca16bb0d5fa0c0665fbbd7e69e3ee29f63991d3e9b5fa740aab8900aaeed46ed73a49055758425a0ce36507c54b29cc5b85a5cee6bae0cf1c21f2731ece2013dc3fb7c8d21654bb161b463962ca19e8c654ff24c94dd2898de12051f1ed0692237fb02b2f8d1dc1c73e9b366b529eb436e98a996ee522aef863dd5739d2f29b0";

    private const string Plaintext = "4265617574792069732074727574682c20747275746820626561757479";
    private const string Additional = "436f756e742d30";
    private const string Ciphertext = "170f8beddfe949b75ef9c387e201baf4132fa7374593dfafa90768788b7b2b200aafcc6d80ea4c795a7c5b841a";

    /// <summary>What DeriveKeyPair makes in A.6: material, private and public key. The public one of some is not repeated here.</summary>
    public static TheoryData<string, string, string?> KeyPairs => new()
    {
        { RecipientMaterial, RecipientKey, null },
        {
            "f3ebfa9a69a924e672114fcd9e06fa9559e937f7eccce4181a2b506df53dbe514be12f094bb28e01de19dd345b4f7ede5ad7eaa6b9c3019592ec68eaae9a14732ce0",
            "012e5cfe0daf5fe2a1cd617f4c4bae7c86f1f527b3207f115e262a98cc65268ec88cb8645aec73b7aa0a472d0292502d1078e762646e0c093cf873243d12c39915f6",
            "040085eff0835cc84351f32471d32aa453cdc1f6418eaaecf1c2824210eb1d48d0768b368110fab21407c324b8bb4bec63f042cfa4d0868d19b760eb4beba1bff793b30036d2c614d55730bd2a40c718f9466faf4d5f8170d22b6df98dfe0c067d02b349ae4a142e0c03418f0a1479ff78a3db07ae2c2e89e5840f712c174ba2118e90fdcb"
        },
        {
            "a2a2458705e278e574f835effecd18232f8a4c459e7550a09d44348ae5d3b1ea9d95c51995e657ad6f7cae659f5e186126a471c017f8f5e41da9eba74d4e0473e179",
            "011bafd9c7a52e3e71afbdab0d2f31b03d998a0dc875dd7555c63560e142bde264428de03379863b4ec6138f813fa009927dc5d15f62314c56d4e7ff2b485753eb72",
            "04006917e049a2be7e1482759fb067ddb94e9c4f7f5976f655088dec45246614ff924ed3b385fc2986c0ecc39d14f907bf837d7306aada59dd5889086125ecd038ead400603394b5d81f89ebfd556a898cc1d6a027e143d199d3db845cb91c5289fb26c5ff80832935b0e8dd08d37c6185a6f77683347e472d1edb6daa6bd7652fea628fae"
        },
        {
            "fe1c589c2a05893895a537f38c7cb4300b5a7e8fef3d6ccb8f07a498029c61e90262e009dc254c7f6235f9c6b2fd6aeff0a714db131b09258c16e217b7bd2aa619b0",
            "0185f03560de87bb2c543ef03607f3c33ac09980000de25eabe3b224312946330d2e65d192d3b4aa46ca92fc5ca50736b624402d95f6a80dc04d1f10ae9517137261",
            null
        },
        {
            "54272797b1fbc128a6967ff1fd606e0c67868f7762ce1421439cbc9e90ce1b28d566e6c2acbce712e48eebf236696eb680849d6873e9959395b2931975d61d38bd6c",
            "003430af19716084efeced1241bb1a5625b6c826f11ef31649095eb27952619e36f62a79ea28001ac452fb20ddfbb66e62c6c0b1be03c0d28c97794a1fb638207a83",
            null
        },
    };

    [Theory, MemberData(nameof(KeyPairs))]
    public void Key_pairs_are_derived_as_published(string material, string privateKey, string? publicKey)
    {
        using var derived = Hpke.DeriveKeyPair(Convert.FromHexString(material));
        Assert.Equal(privateKey, Convert.ToHexStringLower(derived.ExportParameters(includePrivateParameters: true).D!));
        if (publicKey is not null)
        {
            Assert.Equal(publicKey, Convert.ToHexStringLower(Hpke.PublicKey(derived)));
        }
    }

    [Fact]
    public void The_published_message_is_sealed_and_opened()
    {
        using var ephemeral = Hpke.DeriveKeyPair(Convert.FromHexString(EphemeralMaterial));
        using var recipient = Hpke.Import(Convert.FromHexString(RecipientKey));
        var (info, additional) = (Convert.FromHexString(Info), Convert.FromHexString(Additional));
        var blob = Hpke.Seal(ephemeral, Hpke.PublicKey(recipient), info, additional, Convert.FromHexString(Plaintext));
        Assert.Equal(Encapsulated + Ciphertext, Convert.ToHexStringLower(blob));
        Assert.Equal(Plaintext, Convert.ToHexStringLower(Hpke.Open(recipient, info, additional, blob)!));
    }
}
