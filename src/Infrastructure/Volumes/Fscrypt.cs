using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// The kernel's file-based encryption, by its ioctls. Names, numbers and layouts are those of <c>linux/fscrypt.h</c>;
/// the meaning is told in the kernel's Documentation/filesystems/fscrypt.rst, section "User API".
/// </summary>
internal static unsafe class Fscrypt
{
    /// <summary>The kernel's name of a key: a hash that it computes from the key itself.</summary>
    public const int IdentifierLength = 16;

    /// <summary>Of a master key for AES-256-XTS.</summary>
    public const int KeyLength = 64;

    private const ulong SetPolicy = 0x800c6613;
    private const ulong GetPolicyEx = 0xc0096616;
    private const ulong AddEncryptionKey = 0xc0506617;
    private const ulong RemoveEncryptionKeyAllUsers = 0xc0406619;
    private const ulong GetKeyStatus = 0xc080661a;

    private const int PolicyLength = 24;
    private const byte PolicyVersion = 2;
    private const byte ContentsAes256Xts = 1;
    private const byte NamesAes256Cts = 4;
    private const byte PadNamesTo32 = 3;
    private const int SpecifierIsIdentifier = 2;
    private const int SpecifierLength = 40;
    private const int AddArgumentLength = 80;
    private const int RemoveArgumentLength = 64;
    private const int FilesBusy = 1;
    private const int StatusArgumentLength = 128;
    private const int StatusOffset = 64;
    private const int KeyPresent = 2;

    /// <summary>Loads <paramref name="key"/> into the file system that holds <paramref name="path"/>; returns the key's identifier. Idempotent.</summary>
    /// <exception cref="InfrastructureException">The kernel refuses.</exception>
    public static byte[] AddKey(string path, Secret key)
    {
        using var directory = LibC.OpenDirectory(path);
        Span<byte> argument = stackalloc byte[AddArgumentLength + KeyLength];
        argument.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(argument, SpecifierIsIdentifier);
        BinaryPrimitives.WriteInt32LittleEndian(argument[SpecifierLength..], KeyLength);
        key.Reveal().CopyTo(argument[AddArgumentLength..]);
        try
        {
            fixed (byte* pointer = argument)
            {
                if (LibC.Ioctl(directory, AddEncryptionKey, pointer) != 0)
                {
                    throw new InfrastructureException($"The kernel refuses the volume's key: {LibC.LastError()}. Does this kernel have fscrypt (CONFIG_FS_ENCRYPTION)?");
                }
            }

            return argument.Slice(8, IdentifierLength).ToArray();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(argument);
        }
    }

    /// <summary>
    /// The identifier that the kernel will give to <paramref name="key"/>: HKDF-SHA-512 without salt, info "fscrypt", 0, 1 (RFC 5869; the same document,
    /// section "Key derivation function").
    /// </summary>
    public static byte[] IdentifierOf(Secret key)
    {
        var identifier = new byte[IdentifierLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA512, key.Reveal(), identifier, [], [.. "fscrypt"u8, 0, 1]);
        return identifier;
    }

    /// <summary>Evicts a key from the file system that holds <paramref name="path"/>; no such key is success.</summary>
    /// <returns>Whether it is gone entirely: false while a file under it is open.</returns>
    /// <exception cref="InfrastructureException">The kernel refuses.</exception>
    public static bool RemoveKey(string path, ReadOnlySpan<byte> identifier)
    {
        using var directory = LibC.OpenDirectory(path);
        Span<byte> argument = stackalloc byte[RemoveArgumentLength];
        argument.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(argument, SpecifierIsIdentifier);
        identifier.CopyTo(argument[8..]);
        fixed (byte* pointer = argument)
        {
            if (LibC.Ioctl(directory, RemoveEncryptionKeyAllUsers, pointer) == 0)
            {
                return (BinaryPrimitives.ReadInt32LittleEndian(argument[SpecifierLength..]) & FilesBusy) == 0;
            }
        }

        return Marshal.GetLastPInvokeError() == LibC.NoKey
            ? true
            : throw new InfrastructureException($"The kernel won't evict the volume's key: {LibC.LastError()}.");
    }

    /// <summary>Whether a key is loaded into the file system that holds <paramref name="path"/>.</summary>
    /// <exception cref="InfrastructureException">The kernel refuses.</exception>
    public static bool HasKey(string path, ReadOnlySpan<byte> identifier)
    {
        using var directory = LibC.OpenDirectory(path);
        Span<byte> argument = stackalloc byte[StatusArgumentLength];
        argument.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(argument, SpecifierIsIdentifier);
        identifier.CopyTo(argument[8..]);
        fixed (byte* pointer = argument)
        {
            return LibC.Ioctl(directory, GetKeyStatus, pointer) == 0
                ? BinaryPrimitives.ReadInt32LittleEndian(argument[StatusOffset..]) == KeyPresent
                : throw new InfrastructureException($"The kernel won't tell whether the volume's key is loaded: {LibC.LastError()}.");
        }
    }

    /// <summary>Encrypts an empty directory from now on under the key with this identifier. Idempotent for the same key.</summary>
    /// <exception cref="InfrastructureException">The directory isn't empty, or is under another key.</exception>
    public static void Protect(string path, ReadOnlySpan<byte> identifier)
    {
        using var directory = LibC.OpenDirectory(path);
        Span<byte> policy = stackalloc byte[PolicyLength];
        policy.Clear();
        policy[0] = PolicyVersion;
        policy[1] = ContentsAes256Xts;
        policy[2] = NamesAes256Cts;
        policy[3] = PadNamesTo32;
        identifier.CopyTo(policy[8..]);
        fixed (byte* pointer = policy)
        {
            if (LibC.Ioctl(directory, SetPolicy, pointer) != 0)
            {
                throw new InfrastructureException($"The directory {path} can't be encrypted: {LibC.LastError()}.");
            }
        }
    }

    /// <summary>Makes a directory for root alone, under the key that <paramref name="like"/> is under if it is under one. One that is there stays as it is.</summary>
    /// <exception cref="InfrastructureException">The kernel refuses.</exception>
    public static void CreateLike(string path, string like)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (KeyOf(like) is { } identifier)
        {
            Protect(path, identifier);
        }
    }

    /// <summary>The identifier of the key that a directory is encrypted under; null when it isn't encrypted.</summary>
    /// <exception cref="InfrastructureException">It is encrypted in another way than ours.</exception>
    public static byte[]? KeyOf(string path) => PolicyOf(path)?[8..];

    /// <summary>The ciphers of a directory's contents and names, e.g. <c>AES-256-XTS, names AES-256-CTS</c>; <c>none</c> when it isn't encrypted.</summary>
    /// <exception cref="InfrastructureException">It is encrypted in another way than ours.</exception>
    public static string CipherOf(string path) => PolicyOf(path) is { } policy ? $"{Mode(policy[1])}, names {Mode(policy[2])}" : "none";

    // FSCRYPT_MODE_*.
    private static string Mode(byte mode) => mode switch
    {
        ContentsAes256Xts => "AES-256-XTS",
        NamesAes256Cts => "AES-256-CTS",
        5 => "AES-128-CBC",
        6 => "AES-128-CTS",
        7 => "SM4-XTS",
        8 => "SM4-CTS",
        9 => "Adiantum",
        10 => "AES-256-HCTR2",
        _ => FormattableString.Invariant($"mode {mode}"),
    };

    private static byte[]? PolicyOf(string path)
    {
        using var directory = LibC.OpenDirectory(path);
        Span<byte> argument = stackalloc byte[8 + PolicyLength];
        argument.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(argument, PolicyLength);
        fixed (byte* pointer = argument)
        {
            if (LibC.Ioctl(directory, GetPolicyEx, pointer) != 0)
            {
                return Marshal.GetLastPInvokeError() == LibC.NoData
                    ? null
                    : throw new InfrastructureException($"The encryption of {path} can't be read: {LibC.LastError()}.");
            }
        }

        return argument[8] == PolicyVersion
            ? argument[8..].ToArray()
            : throw new InfrastructureException($"{path} is encrypted under another policy than this program's.");
    }
}
