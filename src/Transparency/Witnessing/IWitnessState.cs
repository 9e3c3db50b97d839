namespace Beffroi.Transparency.Witnessing;

/// <summary>What a witness must never forget: the newest checkpoint of each log that it cosigned.</summary>
public interface IWitnessState
{
    /// <summary>The text of the newest checkpoint cosigned for a log; null if there is none.</summary>
    /// <exception cref="IOException">It can't be told: then nothing may be cosigned.</exception>
    Task<string?> FindAsync(string origin, CancellationToken cancellationToken);

    /// <summary>Replaces it, durably: it has survived a loss of power when this returns.</summary>
    Task SaveAsync(string origin, string checkpoint, CancellationToken cancellationToken);
}
