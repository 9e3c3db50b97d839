using Beffroi.Agent.Files;
using Beffroi.Contracts.Agents;
using Google.Protobuf;

namespace Beffroi.Agent;

/// <summary>
/// The desired configuration as it was last fetched, on the encrypted volume: what the instance is kept at while the control plane is away.
/// </summary>
/// <param name="path">Of the file.</param>
internal sealed class DesiredFile(string path)
{
    /// <summary>What was kept; null if nothing, or nothing that can be read.</summary>
    internal DesiredConfiguration? Load()
    {
        try
        {
            return File.Exists(path) ? DesiredConfiguration.Parser.ParseFrom(File.ReadAllBytes(path)) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    internal void Keep(DesiredConfiguration desired) => PrivateFile.Write(path, desired.ToByteArray(), Account.Root);
}
