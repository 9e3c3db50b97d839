namespace Beffroi.Platform.Sovereignty;

/// <summary>The kinds of the register's entries, and what else it names.</summary>
internal static class EntryKinds
{
    public const string Supplier = "supplier", Software = "software", Service = "service", Licence = "licence", Hardware = "hardware", BeffroiService = "beffroi-service";

    public const string FromProduct = "product", FromImage = "image", FromHost = "host", FromOperator = "operator";

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<string> All { get; } = [BeffroiService, Supplier, Service, Licence, Hardware, Software];

    /// <summary>Those that the operator enters.</summary>
    public static IReadOnlyList<string> OfOperator { get; } = [Supplier, Software, Service, Licence, Hardware];

    public static IReadOnlyList<string> LicenceKinds { get; } = ["free", "perpetual", "subscription"];

    public static IReadOnlyList<string> Stops { get; } = [Moment.AtOnce, Moment.AtExpiry, Moment.AtFailure, Moment.Never];
}
