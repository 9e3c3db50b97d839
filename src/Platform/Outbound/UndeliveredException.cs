namespace Beffroi.Platform.Outbound;

/// <summary>Something hasn't arrived where a customer wants it. The message is for a person.</summary>
internal sealed class UndeliveredException(string message, Exception? inner = null) : Exception(message, inner);
