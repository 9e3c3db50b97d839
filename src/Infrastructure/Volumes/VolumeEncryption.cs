using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>Chooses how this host encrypts volumes.</summary>
internal static class VolumeEncryption
{
    /// <summary><c>auto</c> is fscrypt where the kernel has it, else LUKS.</summary>
    /// <exception cref="InfrastructureException">The kernel has not what is asked for.</exception>
    public static IVolumeStore Choose(string encryption, Installation installation) => encryption switch
    {
        "auto" or "fscrypt" when FscryptVolumes.IsSupported => new FscryptVolumes(installation),
        "auto" or "luks" when LuksVolumes.IsSupported => new LuksVolumes(installation),
        "fscrypt" => throw new InfrastructureException("This kernel's ext4 has no encryption (CONFIG_FS_ENCRYPTION): set Encryption to luks."),
        "luks" => throw new InfrastructureException("This kernel has no device-mapper (dm-crypt): set Encryption to fscrypt."),
        _ => throw new InfrastructureException("This kernel has neither ext4 encryption nor device-mapper: no encrypted volume can be made."),
    };
}
