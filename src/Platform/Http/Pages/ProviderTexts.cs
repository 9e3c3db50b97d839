using System.Globalization;
using Beffroi.Platform.Identity.Providers;

namespace Beffroi.Platform.Http.Pages;

/// <summary>What the pages say of organizations' identity providers, in one language.</summary>
internal sealed record ProviderTexts
{
    private static readonly ProviderTexts French = new()
    {
        ByProvider = "Se connecter par le fournisseur d’identité de son organisation",
        Title = "Se connecter par son organisation",
        Intro = "Saisissez le nom de votre organisation tel qu’elle l’utilise ici. Si elle a plusieurs fournisseurs d’identité : ORGANISATION/FOURNISSEUR.",
        Organization = "Organisation",
        ByPassword = "Se connecter par mot de passe ou clé d’accès",
        Nowhere = "Cela ne mène nulle part. Le nom est faux, cette organisation n’a pas de fournisseur d’identité ou en a plusieurs, ou il ne répond pas pour l’instant.",
        Away = "Vous allez vers {0}, le fournisseur d’identité de l’organisation {1}.",
        GoOn = "Continuer vers {0}",
        Refused = "Cela n’a pas marché. Le fournisseur d’identité vous a refusé, sa réponse n’est pas ce que votre organisation demande, ou il s’est passé trop de temps.",
        Again = "Recommencer",
        Unknown = "Le fournisseur d’identité vous connaît, mais aucun compte n’est lié ici à ce qu’il dit de vous. Connectez-vous une fois par mot de passe ou clé d’accès, et liez votre compte ; si vous n’avez pas de compte, demandez une invitation.",
        Taken = "Un autre compte est déjà lié à cette personne, ou votre compte est lié à une autre. Déliez d’abord.",
        CodeIntro = "Votre organisation demande un second facteur, et son fournisseur d’identité n’a pas dit en avoir vérifié un.",
        BadCode = "Cela n’a pas marché. Le code est faux ou a déjà servi, le compte est bloqué pour un moment, ou il s’est passé trop de temps : recommencez alors depuis le début.",
        OwnTitle = "Vos fournisseurs d’identité",
        OwnIntro = "Une fois votre compte lié à un fournisseur d’identité de votre organisation, vous vous connectez par lui. Vous n’êtes reconnu que par l’identifiant qu’il a pour vous, jamais par votre adresse ou votre nom.",
        Own = "Vos fournisseurs d’identité",
        None = "Votre organisation n’en a pas enregistré.",
        Link = "Lier à {0}",
        Unlink = "Délier de {0}",
        Console = "Vers la console",
        NotReached = "Ce fournisseur d’identité ne répond pas pour l’instant. Recommencez plus tard.",
        Demanded = "Votre organisation demande que ses membres se connectent par son fournisseur d’identité. Rien ne peut commencer par un mot de passe ou une clé d’accès.",
        SignInThere = "Se connecter par {0}",
        NotLinked = "Pas encore lié",
        Linked = "Lié le {0}",
        As = "en tant que {0}",
        Used = "utilisé la dernière fois le {0}",
        Unused = "jamais utilisé",
        TimeFormat = "dd/MM/yyyy 'à' HH:mm 'UTC'",
    };

    private static readonly ProviderTexts English = new()
    {
        ByProvider = "Sign in by your organization’s identity provider",
        Title = "Sign in by your organization",
        Intro = "Enter your organization’s name as it is used here. If it has several identity providers: ORGANIZATION/PROVIDER.",
        Organization = "Organization",
        ByPassword = "Sign in by password or passkey",
        Nowhere = "That leads nowhere. The name is wrong, the organization has no identity provider or several, or it doesn’t answer at the moment.",
        Away = "You go on to {0}, the identity provider of the organization {1}.",
        GoOn = "Go on to {0}",
        Refused = "That didn’t work. The identity provider refused you, its answer isn’t what your organization asks for, or too much time has passed.",
        Again = "Try again",
        Unknown = "The identity provider knows you, but no account here is linked to who it says you are. Sign in once by password or passkey and link your account; if you have no account, ask for an invitation.",
        Taken = "Another account is linked to this person already, or your account to another. Unlink first.",
        CodeIntro = "Your organization asks for a second factor, and its identity provider didn’t say that it had checked one.",
        BadCode = "That didn’t work. The code is wrong or was used before, the account is locked for a while, or too much time has passed: then start again.",
        OwnTitle = "Your identity providers",
        OwnIntro = "Once your account is linked to an identity provider of your organization’s, you sign in by it. You are known there by the identifier that it gives you alone, never by your address or name.",
        Own = "Your identity providers",
        None = "Your organization has registered none.",
        Link = "Link to {0}",
        Unlink = "Unlink from {0}",
        Console = "To the console",
        NotReached = "This identity provider doesn’t answer at the moment. Try again later.",
        Demanded = "Your organization demands that its members sign in by its identity provider. Nothing can begin with a password or a passkey.",
        SignInThere = "Sign in by {0}",
        NotLinked = "Not linked yet",
        Linked = "Linked on {0}",
        As = "as {0}",
        Used = "used last on {0}",
        Unused = "never used",
        TimeFormat = "yyyy-MM-dd HH:mm 'UTC'",
    };

    public required string ByProvider { get; init; }

    public required string Title { get; init; }

    public required string Intro { get; init; }

    public required string Organization { get; init; }

    public required string ByPassword { get; init; }

    public required string Nowhere { get; init; }

    public required string Away { get; init; }

    public required string GoOn { get; init; }

    public required string Refused { get; init; }

    public required string Again { get; init; }

    public required string Unknown { get; init; }

    public required string Taken { get; init; }

    public required string CodeIntro { get; init; }

    public required string BadCode { get; init; }

    public required string OwnTitle { get; init; }

    public required string OwnIntro { get; init; }

    public required string Own { get; init; }

    public required string None { get; init; }

    public required string Link { get; init; }

    public required string Unlink { get; init; }

    public required string Console { get; init; }

    public required string NotReached { get; init; }

    public required string Demanded { get; init; }

    public required string SignInThere { get; init; }

    private string NotLinked { get; init; } = "";

    private string Linked { get; init; } = "";

    private string As { get; init; } = "";

    private string Used { get; init; } = "";

    private string Unused { get; init; } = "";

    private string TimeFormat { get; init; } = "";

    /// <summary>In the language of the page.</summary>
    public static ProviderTexts For(PageTexts texts) => texts.Language == "fr" ? French : English;

    /// <summary>Where a provider is, and how somebody stands with it.</summary>
    public string Describe(OwnProvider provider) => provider.LinkedAt is not { } linked
        ? provider.Issuer + " · " + NotLinked
        : string.Join(" · ",
            ((string?[])[
                provider.Issuer, Say(Linked, Time(linked)), provider.Shown is { } shown ? Say(As, shown) : null, provider.LastUsedAt is { } used ? Say(Used, Time(used)) : Unused,
            ]).OfType<string>());

    private static string Say(string format, string value) => string.Format(CultureInfo.InvariantCulture, format, value);

    private string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
