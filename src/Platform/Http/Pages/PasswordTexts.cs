namespace Beffroi.Platform.Http.Pages;

/// <summary>What the page of one's own password says, in one language.</summary>
internal sealed record PasswordTexts
{
    private static readonly PasswordTexts French = new()
    {
        Title = "Votre mot de passe",
        Intro = "Le changer met fin à toutes vos sessions, partout : vous vous reconnectez ensuite. Vos clés d’accès et votre application d’authentification restent valables, de même que vos jetons personnels.",
        Present = "Mot de passe actuel",
        Change = "Changer le mot de passe",
        Changed = "Votre mot de passe est changé, et toutes vos sessions sont closes. Connectez-vous de nouveau.",
        Codes = "Codes de secours",
        CodesIntro = "Dix nouveaux codes remplacent tous ceux que vous avez.",
        NewCodes = "Faire de nouveaux codes",
        NotAccepted = "Cela n’a pas marché : ce n’est pas votre mot de passe actuel, ou le compte est bloqué pour un moment. Si vous ne le savez plus, demandez une réinitialisation à qui administre les comptes.",
    };

    private static readonly PasswordTexts English = new()
    {
        Title = "Your password",
        Intro = "Changing it ends all of your sessions, wherever they are: you sign in anew. Your passkeys and your authenticator stay valid, and so do your personal tokens.",
        Present = "Present password",
        Change = "Change the password",
        Changed = "Your password is changed, and all of your sessions have ended. Sign in anew.",
        Codes = "Recovery codes",
        CodesIntro = "Ten new codes take the place of all that you have.",
        NewCodes = "Make new codes",
        NotAccepted = "That didn’t work: this isn’t your present password, or the account is locked for a while. If you no longer know it, ask whoever administers accounts for a reset.",
    };

    public required string Title { get; init; }

    public required string Intro { get; init; }

    public required string Present { get; init; }

    public required string Change { get; init; }

    public required string Changed { get; init; }

    public required string Codes { get; init; }

    public required string CodesIntro { get; init; }

    public required string NewCodes { get; init; }

    public required string NotAccepted { get; init; }

    /// <summary>In the language of a page.</summary>
    public static PasswordTexts For(PageTexts texts) => texts.Language == "fr" ? French : English;
}
