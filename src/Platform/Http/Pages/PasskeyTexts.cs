using System.Globalization;
using Beffroi.Platform.Identity.Factors;

namespace Beffroi.Platform.Http.Pages;

/// <summary>What the pages say of passkeys, in one language.</summary>
internal sealed record PasskeyTexts
{
    private static readonly PasskeyTexts French = new()
    {
        SignIn = "Se connecter avec une clé d’accès",
        NotAccepted = "Cela n’a pas marché. La clé d’accès n’est pas connue ici ou a été retirée, le compte est désactivé, la clé est bloquée pour un moment, ou la page était ouverte depuis trop longtemps. Recommencez, ou connectez-vous par mot de passe et code.",
        NeedsName = "Les clés d’accès ne sont pas proposées ici : un navigateur les lie à un nom, et cette page est ouverte par une adresse IP. Ouvrez-la par le nom de l’installation.",
        Title = "Vos clés d’accès",
        Intro = "Une clé d’accès vous connecte à elle seule, sans mot de passe ni code : votre appareil vous demande une empreinte, votre visage ou son code, et ne s’en sert que pour cette installation, jamais pour une fausse page. Mot de passe et application d’authentification restent valables.",
        None = "Vous n’en avez pas encore.",
        New = "En ajouter une",
        Name = "Nom pour la reconnaître, par exemple « portable du bureau »",
        Add = "Ajouter une clé d’accès",
        AddNow = "Vous pouvez aussi ajouter une clé d’accès, pour vous connecter sans mot de passe ni code.",
        Off = "Pour en ajouter une, il faut un navigateur qui connaît les clés d’accès, avec JavaScript.",
        Remove = "Retirer",
        Console = "Vers la console",
        Most = "Vous en avez {0}, le nombre le plus grand permis. Retirez-en une d’abord.",
        BadName = "Le nom doit avoir de 1 à 64 caractères.",
        NotAdded = "La clé d’accès n’a pas pu être ajoutée : la réponse du navigateur n’était pas celle qui a été demandée, est venue trop tard, ou la clé est déjà enregistrée. Recommencez.",
        Made = "Ajoutée le {0}",
        Used = "utilisée la dernière fois le {0}",
        Unused = "jamais utilisée",
        SyncedText = "synchronisée entre vos appareils",
        SyncableText = "peut être synchronisée, ne l’est pas encore",
        BoundText = "sur un seul appareil",
        Elsewhere = "pour {0}",
        TimeFormat = "dd/MM/yyyy 'à' HH:mm 'UTC'",
        Cancelled = "Il ne s’est rien passé : vous avez annulé, le temps est écoulé, ou votre navigateur ne le permet pas. Recommencez.",
        Known = "Cet appareil a déjà une de vos clés d’accès.",
        Unsupported = "Ce navigateur ou cet appareil ne sait pas faire une telle clé d’accès.",
        Insecure = "Le navigateur n’accepte les clés d’accès que sous le nom de l’installation, avec un certificat auquel il se fie.",
        Away = "Le serveur n’a pas répondu. Recommencez.",
        Many = "Trop d’essais depuis votre adresse. Attendez quelques minutes.",
        Stale = "Cette page n’était plus valable. Rechargez-la.",
        Failed = "Cela n’a pas marché. Recommencez.",
    };

    private static readonly PasskeyTexts English = new()
    {
        SignIn = "Sign in with a passkey",
        NotAccepted = "That didn’t work. The passkey isn’t known here or was removed, the account is switched off, the passkey is locked for a while, or the page was open for too long. Try again, or sign in with password and code.",
        NeedsName = "Passkeys aren’t offered here: a browser ties them to a name, and this page was opened by an IP address. Open it by the installation’s name.",
        Title = "Your passkeys",
        Intro = "A passkey signs you in alone, without password or code: your device asks for your fingerprint, your face or its PIN, and uses the passkey for this installation only, never for a false page. Your password and your authenticator stay valid.",
        None = "You have none yet.",
        New = "Add one",
        Name = "Name to know it by, such as “office laptop”",
        Add = "Add a passkey",
        AddNow = "You can also add a passkey, to sign in without password or code.",
        Off = "To add one, you need a browser that knows passkeys, with JavaScript.",
        Remove = "Remove",
        Console = "To the console",
        Most = "You have {0}, the most that there may be. Remove one first.",
        BadName = "The name needs 1 to 64 characters.",
        NotAdded = "The passkey couldn’t be added: the browser’s answer wasn’t to what it was asked, came too late, or the passkey is there already. Try again.",
        Made = "Added {0}",
        Used = "last used {0}",
        Unused = "not used yet",
        SyncedText = "synced between your devices",
        SyncableText = "can be synced, and isn’t yet",
        BoundText = "on one device only",
        Elsewhere = "for {0}",
        TimeFormat = "yyyy-MM-dd HH:mm 'UTC'",
        Cancelled = "Nothing came of it: you cancelled, it took too long, or your browser doesn’t allow it. Try again.",
        Known = "This device has one of your passkeys already.",
        Unsupported = "This browser or device can’t make such a passkey.",
        Insecure = "Browsers accept passkeys only under the installation’s name, with a certificate that they trust.",
        Away = "The server didn’t answer. Try again.",
        Many = "Too many attempts from your address. Wait some minutes.",
        Stale = "This page was no longer valid. Load it again.",
        Failed = "That didn’t work. Try again.",
    };

    public required string SignIn { get; init; }

    public required string NotAccepted { get; init; }

    public required string NeedsName { get; init; }

    public required string Title { get; init; }

    public required string Intro { get; init; }

    public required string None { get; init; }

    public required string New { get; init; }

    public required string Name { get; init; }

    public required string Add { get; init; }

    public required string AddNow { get; init; }

    public required string Off { get; init; }

    public required string Remove { get; init; }

    public required string Console { get; init; }

    public required string Most { get; init; }

    public required string BadName { get; init; }

    public required string NotAdded { get; init; }

    /// <summary>What the script says, under the names by which it knows it.</summary>
    public IEnumerable<(string Name, string Text)> Told =>
    [
        ("cancelled", Cancelled), ("known", Known), ("unsupported", Unsupported), ("insecure", Insecure), ("away", Away), ("many", Many), ("stale", Stale), ("failed", Failed),
    ];

    private string Made { get; init; } = "";

    private string Used { get; init; } = "";

    private string Unused { get; init; } = "";

    private string SyncedText { get; init; } = "";

    private string SyncableText { get; init; } = "";

    private string BoundText { get; init; } = "";

    private string Elsewhere { get; init; } = "";

    private string TimeFormat { get; init; } = "";

    private string Cancelled { get; init; } = "";

    private string Known { get; init; } = "";

    private string Unsupported { get; init; } = "";

    private string Insecure { get; init; } = "";

    private string Away { get; init; } = "";

    private string Many { get; init; } = "";

    private string Stale { get; init; } = "";

    private string Failed { get; init; } = "";

    /// <summary>In the language of the page.</summary>
    public static PasskeyTexts For(PageTexts texts) => texts.Language == "fr" ? French : English;

    /// <summary>When it was added and used last, for which name, and where it lies.</summary>
    public string Describe(Passkey passkey) => string.Join(" · ",
        Say(Made, Time(passkey.CreatedAt)), passkey.LastUsedAt is { } used ? Say(Used, Time(used)) : Unused, Say(Elsewhere, passkey.Domain),
        passkey.Synced ? SyncedText : passkey.Syncable ? SyncableText : BoundText);

    private static string Say(string format, string value) => string.Format(CultureInfo.InvariantCulture, format, value);

    private string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
