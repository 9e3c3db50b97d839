using System.Text;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Keys.Providers;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>What a key in a token must be: not to be read out, by us or by anyone who has the PIN.</summary>
public sealed partial class ProviderTests
{
    public static TheoryData<string, bool, bool> Readable => new()
    {
        { "hsm", true, true }, { "hsm", false, false }, { "hsm", false, true }, { "remote", true, true }, { "remote", false, true },
    };

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task A_key_that_can_be_read_out_of_its_token_is_not_taken_for_ours(string name, bool sensitive, bool extractable)
    {
        using var keys = new Pkcs11Keys(OptionsOf(name), remote.Modules);
        var organization = Guid.NewGuid();
        await KeyAsync(keys, organization, 7);
        // Under the name that the first generation would have; somebody with the PIN made it before us.
        InSession(name, session => session.GenerateKey(session.Factories.MechanismFactory.Create(CKM.CKM_AES_KEY_GEN), Attributes(session, organization, 1, sensitive, extractable, Guid.NewGuid().ToByteArray())));
        var refused = await Assert.ThrowsAsync<KeyRefusedException>(() => keys.CreateAsync(organization, 1, Cancel));
        Assert.Contains("can be read out of its token: it is not used", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hsm")]
    [InlineData("remote")]
    public async Task A_key_of_ours_that_another_took_the_place_of_is_used_no_more(string name)
    {
        using var keys = new Pkcs11Keys(OptionsOf(name), remote.Modules);
        var organization = Guid.NewGuid();
        var key = await KeyAsync(keys, organization, 1);
        using var secret = Secret.Random(32);
        var blob = await keys.WrapAsync(key, Context, secret, Cancel);

        // With the same id, so that the fingerprint alone would not tell.
        InSession(name, session =>
        {
            var ours = Find(session, organization, 1);
            var id = session.GetAttributeValue(ours, [CKA.CKA_ID])[0].GetValueAsByteArray();
            session.DestroyObject(ours);
            return session.GenerateKey(session.Factories.MechanismFactory.Create(CKM.CKM_AES_KEY_GEN), Attributes(session, organization, 1, sensitive: true, extractable: true, id));
        });
        foreach (var use in (Func<Task>[])
            [() => keys.CheckAsync(key, Cancel), () => keys.WrapAsync(key, Context, secret, Cancel), () => keys.UnwrapAsync(key, Context, blob, Cancel), () => keys.CreateAsync(organization, 1, Cancel)])
        {
            Assert.Contains("can be read out of its token", (await Assert.ThrowsAsync<KeyRefusedException>(use)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("hsm")]
    [InlineData("remote")]
    public async Task The_value_of_a_key_of_ours_is_read_by_nobody(string name)
    {
        using var keys = new Pkcs11Keys(OptionsOf(name), remote.Modules);
        var organization = Guid.NewGuid();
        await KeyAsync(keys, organization, 1);
        InSession(name, session =>
        {
            var ours = Find(session, organization, 1);
            // The token says which attributes it keeps to itself (CKR_ATTRIBUTE_SENSITIVE).
            var value = session.GetAttributeValue(ours, [CKA.CKA_VALUE])[0];
            Assert.True(value.CannotBeRead);
            Assert.All([CKA.CKA_SENSITIVE, CKA.CKA_ALWAYS_SENSITIVE, CKA.CKA_NEVER_EXTRACTABLE, CKA.CKA_PRIVATE], a => Assert.True(session.GetAttributeValue(ours, [a])[0].GetValueAsBool(), a.ToString()));
            Assert.False(session.GetAttributeValue(ours, [CKA.CKA_EXTRACTABLE])[0].GetValueAsBool());
            // Nor does it become another by being told so, or go out under another key.
            foreach (var (attribute, wanted) in new[] { (CKA.CKA_EXTRACTABLE, true), (CKA.CKA_SENSITIVE, false) })
            {
                Assert.Throws<Pkcs11Exception>(() => session.SetAttributeValue(ours, [session.Factories.ObjectAttributeFactory.Create(attribute, wanted)]));
            }

            return ours;
        });
    }

    private KeyProviderOptions OptionsOf(string name) => name == "hsm" ? remote.Token.Local : remote.Token.Remote;

    private static IObjectHandle Find(ISession session, Guid organization, int generation) => Assert.Single(session.FindAllObjects(
        [session.Factories.ObjectAttributeFactory.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), session.Factories.ObjectAttributeFactory.Create(CKA.CKA_LABEL, $"beffroi/{organization:N}/{generation}")]));

    private static List<IObjectAttribute> Attributes(ISession session, Guid organization, int generation, bool sensitive, bool extractable, byte[] id)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        return
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
            attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES),
            attributes.Create(CKA.CKA_VALUE_LEN, 32),
            attributes.Create(CKA.CKA_LABEL, $"beffroi/{organization:N}/{generation}"),
            attributes.Create(CKA.CKA_ID, id),
            attributes.Create(CKA.CKA_TOKEN, true),
            attributes.Create(CKA.CKA_PRIVATE, true),
            attributes.Create(CKA.CKA_SENSITIVE, sensitive),
            attributes.Create(CKA.CKA_EXTRACTABLE, extractable),
            attributes.Create(CKA.CKA_ENCRYPT, true),
            attributes.Create(CKA.CKA_DECRYPT, true),
        ];
    }

    /// <summary>As somebody else who has the PIN would work with the token.</summary>
    private void InSession(string name, Func<ISession, IObjectHandle> work)
    {
        var options = OptionsOf(name);
        remote.Modules.Get(options.Module!, options.Environment).Use((library, _) =>
        {
            using var session = library.GetSlotList(SlotsType.WithTokenPresent).First(s => s.GetTokenInfo().Label.Trim() == options.TokenLabel).OpenSession(SessionType.ReadWrite);
            try
            {
                session.Login(CKU.CKU_USER, Encoding.UTF8.GetBytes(File.ReadAllText(options.PinFile!).Trim()));
            }
            catch (Pkcs11Exception e) when (e.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
            {
                // Another session of this process did it.
            }

            work(session);
            return true;
        });
    }
}
