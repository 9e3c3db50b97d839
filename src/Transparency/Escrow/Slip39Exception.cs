namespace Beffroi.Transparency.Escrow;

/// <summary>Something that is no share, or shares that don't go together. The message is for the person who holds them and tells none of their words but one that isn't in the list.</summary>
public sealed class Slip39Exception(string message) : Exception(message);
