namespace Beffroi.Platform.Agents;

/// <summary>Where agents call: this port on the gateway of their space.</summary>
/// <param name="Port">TCP port.</param>
public sealed record AgentChannelAddress(int Port);
