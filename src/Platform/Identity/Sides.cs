namespace Beffroi.Platform.Identity;

/// <summary>The sides as the store names them.</summary>
internal static class Sides
{
    public static string Text(this Side side) => side == Side.Operator ? "operator" : "customer";
}
