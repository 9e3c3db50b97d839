using System.CommandLine;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>Options for what a customer asks for. Their values are judged by the server, which knows what it offers.</summary>
internal static class SpecOptions
{
    public static Option<string?> Size() => Completed(new("--size") { Description = "CPU and memory", HelpName = "s1|s2|s4|s8" }, "s1", "s2", "s4", "s8");

    public static Option<string?> Version() => Completed(new("--version") { Description = "Major version of PostgreSQL", HelpName = "VERSION" }, "17");

    public static Option<string?> Storage() => new("--storage") { Description = "Size of the encrypted data volume, 1GiB to 16TiB", HelpName = "SIZE" };

    public static Option<string?> Availability() => Completed(
        new("--availability") { Description = "One node; three; or three that acknowledge no commit alone", HelpName = "single|ha|ha-strict" }, "single", "ha", "ha-strict");

    public static Option<string?> DeletionProtection()
    {
        var option = new Option<string?>("--deletion-protection") { Description = "While on, it can't be deleted", HelpName = "on|off" };
        option.AcceptOnlyFromAmong("on", "off");
        return option;
    }

    public static Option<int?> RetentionDays() => new("--retention-days") { Description = "How far back a restore can go; backups are locked for as long", HelpName = "DAYS" };

    public static Option<string[]> Labels(string description) => Pairs("--label", description, "KEY=VALUE");

    public static Option<string[]> Parameters(string description) => Pairs("--parameter", description, "NAME=VALUE");

    public static Option<string?> Role() => new("--role") { Description = "As a role of the spec instead of app", HelpName = "ROLE" };

    public static Option<string[]> Extensions(string description) => new("--extension") { Description = description, HelpName = "NAME" };

    public static Option<string[]> NoExtensions() => new("--no-extension")
    {
        Description = "An extension not to make any more; one that is in the database stays there until DROP EXTENSION",
        HelpName = "NAME",
    };

    public static Option<string[]> Networks(string name, string description) => new(name) { Description = description, HelpName = "CIDR" };

    public static Option<string[]> ClientAuthorities() => new("--client-authority")
    {
        Description = "A file with the certificate (PEM) of an authority whose clients sign in as roles with --login certificate; may be repeated",
        HelpName = "FILE",
    };

    public static Option<string[]> NoClientAuthorities() => new("--no-client-authority")
    {
        Description = "An authority to believe no more, by its certificate's SHA-256 (postgres show tells it), or all; who came by it is signed out; may be repeated",
        HelpName = "SHA256|all",
    };

    public static Option<string?> MaintenanceWindow()
    {
        var option = new Option<string?>("--maintenance-window")
        {
            Description = "When updates and restarts that wait are done by themselves: a day or daily, from and to, and a time zone (UTC without one); off for none",
            HelpName = "'sunday 02:00-04:00 Europe/Paris'",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value != "off" && Contracts.MaintenanceWindow.Parse(token.Value) is null)
            {
                result.AddError("--maintenance-window: a day or daily, from and to, and a time zone, e.g. 'sunday 02:00-04:00 Europe/Paris'; or off.");
            }
        });
        return option;
    }

    public static Option<string?> Pooler()
    {
        var option = new Option<string?>("--pooler")
        {
            Description = "A connection pooler at port 6432: its connections to PostgreSQL are free for the next client after each transaction, or after each session; off for none",
            HelpName = "transaction|session|off",
        };
        option.AcceptOnlyFromAmong("transaction", "session", "off");
        return option;
    }

    public static Option<int?> PoolerMaxClients() => new("--pooler-max-clients")
    {
        Description = "How many clients each of a node's pooler processes takes at one time, 10 to 5000",
        HelpName = "NUMBER",
    };

    /// <summary>Why the two don't go together; null if they do.</summary>
    public static string? PoolerConflict(string? pooler, int? maxClients, bool isNew) =>
        maxClients is null || (pooler ?? (isNew ? "off" : "")) != "off" ? null : "--pooler-max-clients is of a pooler: say --pooler transaction or --pooler session.";

    /// <summary>The pooler that there is then.</summary>
    public static Contracts.Postgres.PostgresPoolerSpec? ChangePooler(Contracts.Postgres.PostgresPoolerSpec? now, string? pooler, int? maxClients)
    {
        if (pooler == "off" || (pooler is null && now is null && maxClients is null))
        {
            return null;
        }

        var then = now ?? new Contracts.Postgres.PostgresPoolerSpec();
        return then with { Mode = pooler ?? then.Mode, MaxClients = maxClients ?? then.MaxClients };
    }

    public static Option<bool> Pooled() => new("--pooled") { Description = "By way of the connection pooler" };

    /// <summary>The same by way of the pooler.</summary>
    public static Contracts.Postgres.PostgresCredentials ByPooler(string name, Contracts.Postgres.PostgresCredentials credentials) => credentials.PoolerPort is { } port
        ? credentials with { Port = port }
        : throw new CliException($"{name} has no connection pooler. Have one: beffroi postgres update {name} --pooler transaction", ExitCode.Usage);

    public static Option<string[]> Alerts()
    {
        var option = new Option<string[]>("--alert")
        {
            Description = "A bound to a metric of `postgres metrics --since`, in its own unit; while the mean is beyond it there is an alert; may be repeated",
            HelpName = "'METRIC>NUMBER for MINUTESm'",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => Contracts.Postgres.PostgresAlertSpec.Parse(token.Value) is null))
            {
                result.AddError("--alert: a metric, > or <, a number, and of how many minutes the mean is, e.g. 'storage-share>0.9 for 10m'.");
            }
        });
        return option;
    }

    /// <summary>The bounds that there are then: a new one takes the place of those of its metric on the same side.</summary>
    public static IReadOnlyList<Contracts.Postgres.PostgresAlertSpec> Change(
        IReadOnlyList<Contracts.Postgres.PostgresAlertSpec>? now, IReadOnlyList<string>? alerts, IReadOnlyList<string>? without)
    {
        var wanted = (alerts ?? []).Select(Contracts.Postgres.PostgresAlertSpec.Parse).OfType<Contracts.Postgres.PostgresAlertSpec>().ToList();
        return
        [
            .. (now ?? []).Where(alert => !(without ?? []).Any(name => name == "all" || name == alert.Metric) && !wanted.Any(w => w.Metric == alert.Metric && (w.Above is null) == (alert.Above is null))),
            .. wanted,
        ];
    }

    public static Dictionary<string, string> Parse(IEnumerable<string>? labels) =>
        (labels ?? []).Select(l => l.Split('=', 2)).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);

    /// <summary>The pairs that there are then: an empty value takes one away.</summary>
    public static Dictionary<string, string> Change(IReadOnlyDictionary<string, string>? now, IEnumerable<string>? pairs)
    {
        var all = new Dictionary<string, string>(now ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (key, value) in Parse(pairs))
        {
            all.Remove(key);
            if (value is not "")
            {
                all.Add(key, value);
            }
        }

        return all;
    }

    private static Option<string[]> Pairs(string name, string description, string form)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = form };
        option.Validators.Add(result =>
        {
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var token in result.Tokens)
            {
                var at = token.Value.IndexOf('=', StringComparison.Ordinal);
                if (at < 1 || !keys.Add(token.Value[..at]))
                {
                    result.AddError($"{name}: {form}, each once.");
                }
            }
        });
        return option;
    }

    private static Option<string?> Completed(Option<string?> option, params string[] values)
    {
        option.CompletionSources.Add(values);
        return option;
    }
}
