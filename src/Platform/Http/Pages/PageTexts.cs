using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http.Pages;

/// <summary>What the pages say, in one language.</summary>
internal sealed record PageTexts(string Language)
{
    private static readonly PageTexts French = new("fr")
    {
        SignIn = "Se connecter",
        Account = "Compte (ORGANISATION/NOM)",
        OperatorAccount = "Compte de l’exploitant",
        Password = "Mot de passe",
        Code = "Code de votre application d’authentification, ou code de secours",
        NotAccepted = "Cela n’a pas marché. Le compte, le mot de passe ou le code est faux, le code a déjà servi, ou le compte est bloqué pour un moment.",
        TooMany = "Trop d’essais depuis votre adresse. Attendez une minute.",
        Stale = "Cette page n’était plus valable. Recommencez.",
        Enrol = "Choisir un mot de passe et un second facteur",
        EnrolIntro = "Saisissez le code de votre invitation.",
        Invitation = "Code de l’invitation",
        Continue = "Continuer",
        BadInvitation = "Ce code ne vaut rien ici : il est faux, a servi, ou a expiré.",
        AddSecret = "Ajoutez ce secret à votre application d’authentification. Il n’est montré qu’une fois.",
        Secret = "Secret",
        KeyUri = "Le même, comme adresse",
        NewPassword = "Nouveau mot de passe (12 à 128 caractères)",
        Again = "Le même mot de passe",
        ProofCode = "Code que montre l’application",
        BadPassword = "Le mot de passe doit avoir de 12 à 128 caractères, ne pas contenir votre nom, et être saisi deux fois pareil.",
        BadProof = "Ce code n’est pas celui du secret qui vous a été montré. Attendez le suivant ; si vous n’avez plus le secret, recommencez avec le code de l’invitation.",
        EnrolExpired = "Trop de temps ou d’essais ont passé. Recommencez avec le code de l’invitation.",
        Enrolled = "C’est fait",
        EnrolledIntro = "Gardez ces codes de secours en lieu sûr : chacun remplace une fois le code de l’application. Ils ne sont plus montrés.",
        EnrolledNext = "Connectez-vous maintenant par la commande `beffroi login`.",
        Device = "Connecter un appareil",
        DeviceIntro = "Saisissez le code qu’affiche la commande que vous avez lancée vous-même.",
        DeviceCode = "Code affiché",
        BadDeviceCode = "Ce code n’est pas connu, a servi ou a expiré.",
        DeviceAsk = "Une ligne de commande veut agir en votre nom. Elle a été lancée depuis l’adresse {0}, à {1}. Ne continuez que si c’est vous qui l’avez lancée.",
        Ask = "Une ligne de commande sur cet ordinateur veut agir en votre nom. Ne continuez que si c’est vous qui l’avez lancée.",
        AskOperatorConsole = "La console de l’exploitant de cette installation s’ouvre dans ce navigateur, et agira en votre nom. Ne continuez que si c’est vous qui l’avez demandée.",
        OperatorArea = "Exploitant",
        AskConsole = "La console de cette installation s’ouvre dans ce navigateur, et agira en votre nom. Ne continuez que si c’est vous qui l’avez demandée.",
        As = "En tant que",
        Allow = "Autoriser",
        Refuse = "Refuser",
        Allowed = "C’est fait. Retournez à la ligne de commande ; vous pouvez fermer cette page.",
        Refused = "Refusé. Vous pouvez fermer cette page.",
    };

    private static readonly PageTexts English = new("en")
    {
        SignIn = "Sign in",
        Account = "Account (ORGANIZATION/NAME)",
        OperatorAccount = "Operator’s account",
        Password = "Password",
        Code = "Code of your authenticator, or a recovery code",
        NotAccepted = "That didn’t work. The account, the password or the code is wrong, the code was used before, or the account is locked for a while.",
        TooMany = "Too many attempts from your address. Wait a minute.",
        Stale = "This page was no longer valid. Try again.",
        Enrol = "Choose a password and a second factor",
        EnrolIntro = "Enter the code of your invitation.",
        Invitation = "The invitation’s code",
        Continue = "Continue",
        BadInvitation = "This code isn’t good here: it is wrong, was used, or has expired.",
        AddSecret = "Add this secret to your authenticator. It is shown once.",
        Secret = "Secret",
        KeyUri = "The same as an address",
        NewPassword = "New password (12 to 128 characters)",
        Again = "The same password again",
        ProofCode = "Code that the authenticator shows",
        BadPassword = "The password needs 12 to 128 characters, may not contain your name, and is to be entered twice alike.",
        BadProof = "This isn’t the code of the secret that you were shown. Wait for the next; if you no longer have the secret, start again with the invitation’s code.",
        EnrolExpired = "Too much time has passed, or too many attempts. Start again with the invitation’s code.",
        Enrolled = "Done",
        EnrolledIntro = "Keep these recovery codes in a safe place: each stands in for the authenticator’s code once. They are not shown again.",
        EnrolledNext = "Now sign in with the command `beffroi login`.",
        Device = "Sign a device in",
        DeviceIntro = "Enter the code that the command shows which you started yourself.",
        DeviceCode = "Code shown",
        BadDeviceCode = "This code is unknown, was used, or has expired.",
        DeviceAsk = "A command line wants to act in your name. It was started from the address {0}, at {1}. Go on only if it was you who started it.",
        Ask = "A command line on this computer wants to act in your name. Go on only if it was you who started it.",
        AskOperatorConsole = "The console of this installation’s operator opens in this browser, and will act in your name. Go on only if it was you who asked for it.",
        OperatorArea = "Operator",
        AskConsole = "This installation’s console opens in this browser, and will act in your name. Go on only if it was you who asked for it.",
        As = "As",
        Allow = "Allow",
        Refuse = "Refuse",
        Allowed = "Done. Go back to the command line; you may close this page.",
        Refused = "Refused. You may close this page.",
    };

    public required string SignIn { get; init; }

    public required string Account { get; init; }

    public required string OperatorAccount { get; init; }

    public required string Password { get; init; }

    public required string Code { get; init; }

    public required string NotAccepted { get; init; }

    public required string TooMany { get; init; }

    public required string Stale { get; init; }

    public required string Enrol { get; init; }

    public required string EnrolIntro { get; init; }

    public required string Invitation { get; init; }

    public required string Continue { get; init; }

    public required string BadInvitation { get; init; }

    public required string AddSecret { get; init; }

    public required string Secret { get; init; }

    public required string KeyUri { get; init; }

    public required string NewPassword { get; init; }

    public required string Again { get; init; }

    public required string ProofCode { get; init; }

    public required string BadPassword { get; init; }

    public required string BadProof { get; init; }

    public required string EnrolExpired { get; init; }

    public required string Enrolled { get; init; }

    public required string EnrolledIntro { get; init; }

    public required string EnrolledNext { get; init; }

    public required string Device { get; init; }

    public required string DeviceIntro { get; init; }

    public required string DeviceCode { get; init; }

    public required string BadDeviceCode { get; init; }

    public required string DeviceAsk { get; init; }

    public required string Ask { get; init; }

    public required string AskConsole { get; init; }

    public required string AskOperatorConsole { get; init; }

    public required string OperatorArea { get; init; }

    public required string As { get; init; }

    public required string Allow { get; init; }

    public required string Refuse { get; init; }

    public required string Allowed { get; init; }

    public required string Refused { get; init; }

    /// <summary>The cookie with the language that someone has chosen: <c>fr</c> or <c>en</c>. The console sets it, and these pages follow.</summary>
    private const string Chosen = "__Host-beffroi-language";

    /// <summary>In the language that was chosen, or else the one that the browser prefers of the two; English for any other.</summary>
    public static PageTexts For(HttpContext http) => http.Request.Cookies[Chosen] switch
    {
        "fr" => French,
        "en" => English,
        _ => Preferred(http),
    };

    private static PageTexts Preferred(HttpContext http) => http.Request.GetTypedHeaders().AcceptLanguage
        .OrderByDescending(language => language.Quality ?? 1)
        .Select(language => language.Value.ToString())
        .FirstOrDefault(language => Speaks(language, "fr") || Speaks(language, "en")) is { } chosen && Speaks(chosen, "fr") ? French : English;

    private static bool Speaks(string asked, string language) =>
        asked.Equals(language, StringComparison.OrdinalIgnoreCase) || asked.StartsWith(language + "-", StringComparison.OrdinalIgnoreCase);
}
