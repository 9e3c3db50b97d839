using Beffroi.Services.Evidence.Configuration;
using Beffroi.Services.Evidence.Listeners;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Both sides' pages are in French for who reads French.</summary>
internal sealed class FrenchSpoken(ListenerWatch watch) : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "french-spoken",
        new("Interfaces speak French", "Les interfaces parlent français"),
        new(
            "Every hour both sides' listeners are asked for the page on which people sign in, once as a browser that prefers French and once as one that prefers English: each answers in that language, and says so in the page's `lang`. Pages behind it choose in the same way, which is not seen here; nor are the API and the command line, which speak English, nor how good the French is.",
            "Chaque heure, on demande aux écoutes des deux côtés la page où l'on se connecte, une fois comme un navigateur qui préfère le français et une fois comme un qui préfère l'anglais : chacune répond dans cette langue, et le dit dans le `lang` de la page. Les pages qui suivent choisissent de même, ce qui ne se voit pas ici ; pas plus que l'API et la ligne de commande, qui parlent anglais, ni la qualité du français."),
        Enforced: true,
        "secnumcloud-3.2/19.3.a")
    {
        // Two looks may be missed.
        GoodFor = TimeSpan.FromHours(2.5),
        JudgesBy = [ConfigurationFiles.Installation],
    };

    public Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        Task.FromResult(watch.Observed(seen => seen.Languages, new(
        "Both sides' pages are in French or English, as the browser prefers.", "Les pages des deux côtés sont en français ou en anglais, selon le navigateur.")));
}
