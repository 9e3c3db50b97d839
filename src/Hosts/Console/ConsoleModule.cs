using Beffroi.Hosts.WebConsole.OperatorPages;
using Beffroi.Hosts.WebConsole.Pages;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Hosts.WebConsole;

/// <summary>The web console, as a part of a host. The host gives it an <see cref="Api.IConsoleApi"/> and an <see cref="IConsoleSignIn"/>, and it has nothing else.</summary>
public static class ConsoleModule
{
    /// <summary>Adds what the pages need.</summary>
    public static IServiceCollection AddConsole(this IServiceCollection services, ConsoleOptions options) => services
        .AddSingleton(options)
        .AddSingleton<SessionStore>()
        .AddHostedService(provider => provider.GetRequiredService<SessionStore>())
        .AddSingleton<SignInEndpoints>()
        .AddSingleton<Visits>()
        .AddOperatorConsole();

    /// <summary>Maps the pages under <c>/console</c>. Each looks by itself who is signed in, and shows what the API gives to that person.</summary>
    public static IEndpointConventionBuilder MapConsole(this IEndpointRouteBuilder routes)
    {
        var console = routes.MapGroup("/console").WithMetadata(ConsoleSite.Customer);
        console.MapGet("", (HttpContext http, Visits visits) => visits.RunAsync(http, OverviewEndpoint.ShowAsync));
        console.MapGet("/spaces/{space}", (string space, HttpContext http, Visits visits) => visits.RunAsync(http, visit => SpaceEndpoint.ShowAsync(visit, space)));
        console.MapGet("/spaces/{space}/postgres/{name}", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => DatabaseEndpoint.ShowAsync(visit, space, name)));
        console.MapGet("/spaces/{space}/new-postgres", (string space, HttpContext http, Visits visits) => visits.RunAsync(http, visit => NewDatabaseEndpoint.ShowAsync(visit, space)));
        console.MapPost("/spaces/{space}/new-postgres", (string space, HttpContext http, Visits visits) => visits.RunAsync(http, visit => NewDatabaseEndpoint.CreateAsync(visit, space)));
        console.MapGet("/spaces/{space}/postgres/{name}/change", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ChangeDatabaseEndpoint.ShowAsync(visit, space, name)));
        console.MapPost("/spaces/{space}/postgres/{name}/change", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ChangeDatabaseEndpoint.ChangeAsync(visit, space, name)));
        foreach (var what in (string[])["restart", "switchover", "apply-updates", "rotate-key"])
        {
            console.MapPost("/spaces/{space}/postgres/{name}/" + what, (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ChangeDatabaseEndpoint.MaintainAsync(visit, space, name, what)));
        }

        foreach (var (what, runs) in ((string, bool)[])[("stop", false), ("start", true)])
        {
            console.MapPost("/spaces/{space}/postgres/{name}/" + what, (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ChangeDatabaseEndpoint.RunsAsync(visit, space, name, runs)));
        }

        MapRoles(console);
        console.MapGet("/spaces/{space}/postgres/{name}/delete", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => DeleteEndpoint.ShowAsync(visit, space, name)));
        console.MapPost("/spaces/{space}/postgres/{name}/delete", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => DeleteEndpoint.DeleteAsync(visit, space, name)));
        console.MapPost("/spaces/{space}/postgres/{name}/undelete", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => DeleteEndpoint.UndeleteAsync(visit, space, name)));
        console.MapGet("/spaces/{space}/postgres/{name}/backups", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => BackupsEndpoint.ShowAsync(visit, space, name)));
        console.MapGet("/spaces/{space}/postgres/{name}/metrics", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => MetricsEndpoint.ShowAsync(visit, space, name)));
        console.MapPost("/spaces/{space}/postgres/{name}/backups", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => BackupsEndpoint.BackUpAsync(visit, space, name)));
        console.MapPost("/spaces/{space}/postgres/{name}/restores", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => BackupsEndpoint.RestoreAsync(visit, space, name)));
        MapPolicy(console);
        console.MapGet("/usage", (HttpContext http, Visits visits) => visits.RunAsync(http, UsageEndpoint.ShowAsync));
        console.MapGet("/trust", (HttpContext http, Visits visits) => visits.RunAsync(http, TrustEndpoint.ShowAsync));
        console.MapGet("/trust/sovereignty", (HttpContext http, Visits visits) => visits.RunAsync(http, SovereigntyEndpoint.ShowAsync));
        console.MapGet("/approvals", (HttpContext http, Visits visits) => visits.RunAsync(http, ApprovalsEndpoint.ShowAsync));
        console.MapPost("/approvals/{id}/approve", (string id, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ApprovalsEndpoint.DecideAsync(visit, id, approve: true)));
        console.MapPost("/approvals/{id}/refuse", (string id, HttpContext http, Visits visits) => visits.RunAsync(http, visit => ApprovalsEndpoint.DecideAsync(visit, id, approve: false)));
        console.MapGet("/lockbox", (HttpContext http, Visits visits) => visits.RunAsync(http, LockboxEndpoint.ListAsync));
        console.MapGet("/lockbox/keys", (HttpContext http, Visits visits) => visits.RunAsync(http, LockboxKeysEndpoint.ShowAsync));
        console.MapPost("/lockbox/keys", (HttpContext http, Visits visits) => visits.RunAsync(http, LockboxKeysEndpoint.RegisterAsync));
        console.MapPost("/lockbox/keys/remove", (HttpContext http, Visits visits) => visits.RunAsync(http, LockboxKeysEndpoint.RemoveAsync));
        console.MapPost("/lockbox/{id}/approve", (string id, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LockboxEndpoint.ApproveAsync(visit, id)));
        console.MapGet("/lockbox/{id}", (string id, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LockboxEndpoint.ShowAsync(visit, id)));
        console.MapPost("/lockbox/{id}/end", (string id, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LockboxEndpoint.EndAsync(visit, id)));
        console.MapGet("/lockbox/{id}/accesses/{access}", (string id, string access, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LockboxEndpoint.AccessAsync(visit, id, access)));
        console.MapGet("/safeguards", (HttpContext http, Visits visits) => visits.RunAsync(http, SafeguardsEndpoint.ShowAsync));
        console.MapPost("/safeguards", (HttpContext http, Visits visits) => visits.RunAsync(http, SafeguardsEndpoint.ChangeAsync));
        console.MapGet("/ledger", (HttpContext http, Visits visits) => visits.RunAsync(http, LedgerEndpoint.ShowAsync));
        console.MapGet("/ledger/{number}", (string number, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LedgerEntryEndpoint.ShowAsync(visit, number)));
        console.MapGet("/ledger/log/{**path}", (string path, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LedgerEntryEndpoint.ReadAsync(visit, path)));
        MapAlerts(console);
        foreach (var (file, type) in (IEnumerable<(string, string)>)[("console.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")])
        {
            var content = Read(file);
            console.MapGet("/" + file, (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "max-age=3600";
                return Results.Text(content, type);
            });
        }

        console.MapGet("/scripts/{digest}/{file}", (string digest, string file, HttpContext http) => ScriptFiles.All.Find(http, digest, file));
        console.MapGet("/{**rest}", (HttpContext http, Visits visits) => visits.NotFound(http));
        AccessRoutes.Map(console);
        SignInEndpoints.Map(console, http => http.RequestServices.GetRequiredService<SignInEndpoints>());
        return console;
    }

    private static void MapAlerts(IEndpointRouteBuilder console)
    {
        const string One = "/alerts/{receiver}";
        console.MapGet("/alerts", (HttpContext http, Visits visits) => visits.RunAsync(http, AlertsEndpoint.ShowAsync));
        console.MapPost("/alerts", (HttpContext http, Visits visits) => visits.RunAsync(http, AlertsEndpoint.CreateAsync));
        console.MapGet(One, (string receiver, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AlertReceiverEndpoint.ShowAsync(visit, receiver)));
        console.MapPost(One + "/test", (string receiver, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AlertReceiverEndpoint.TestAsync(visit, receiver)));
        console.MapPost(One + "/confirm", (string receiver, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AlertReceiverEndpoint.ConfirmAsync(visit, receiver)));
        console.MapGet(One + "/rotate-secret", (string receiver, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AlertReceiverEndpoint.AskAsync(visit, receiver, delete: false)));
        console.MapPost(One + "/rotate-secret", (string receiver, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AlertReceiverEndpoint.RotateAsync(visit, receiver)));
        console.MapGet(One + "/delete", (string receiver, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AlertReceiverEndpoint.AskAsync(visit, receiver, delete: true)));
        console.MapPost(One + "/delete", (string receiver, HttpContext http, Visits visits) => visits.RunAsync(http, visit => AlertReceiverEndpoint.DeleteAsync(visit, receiver)));
    }

    private static void MapPolicy(IEndpointRouteBuilder console)
    {
        const string Derogation = "/policy/derogations/{derogation}";
        console.MapGet("/spaces/{space}/label", (string space, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LabelEndpoint.ShowAsync(visit, space)));
        console.MapPost("/spaces/{space}/label", (string space, HttpContext http, Visits visits) => visits.RunAsync(http, visit => LabelEndpoint.StateAsync(visit, space)));
        console.MapGet("/policy", (HttpContext http, Visits visits) => visits.RunAsync(http, PolicyEndpoint.ShowAsync));
        console.MapPost("/policy/limits", (HttpContext http, Visits visits) => visits.RunAsync(http, PolicyEndpoint.LimitAsync));
        console.MapPost("/policy/derogations", (HttpContext http, Visits visits) => visits.RunAsync(http, PolicyEndpoint.RecordAsync));
        console.MapGet(Derogation, (string derogation, HttpContext http, Visits visits) => visits.RunAsync(http, visit => PolicyEndpoint.ConfirmAsync(visit, derogation)));
        console.MapPost(Derogation, (string derogation, HttpContext http, Visits visits) => visits.RunAsync(http, visit => PolicyEndpoint.RemoveAsync(visit, derogation)));
    }

    private static void MapRoles(IEndpointRouteBuilder console)
    {
        const string One = "/spaces/{space}/postgres/{name}", Role = One + "/roles/{role}/";
        console.MapGet(One + "/roles", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => RolesEndpoint.ShowAsync(visit, space, name)));
        console.MapPost(One + "/roles/set", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => RolesEndpoint.SetRoleAsync(visit, space, name)));
        foreach (var what in (string[])["remove", "rotate-password"])
        {
            console.MapGet(Role + what, (string space, string name, string role, HttpContext http, Visits visits) => visits.RunAsync(http, visit => RolesEndpoint.ConfirmAsync(visit, space, name, role, what)));
        }

        console.MapPost(Role + "remove", (string space, string name, string role, HttpContext http, Visits visits) => visits.RunAsync(http, visit => RolesEndpoint.RemoveAsync(visit, space, name, role)));
        console.MapPost(Role + "rotate-password", (string space, string name, string role, HttpContext http, Visits visits) => visits.RunAsync(http, visit => RolesEndpoint.RotateAsync(visit, space, name, role)));
        console.MapPost(One + "/databases/set", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => RolesEndpoint.SetDatabaseAsync(visit, space, name)));
        console.MapPost(One + "/databases/remove", (string space, string name, HttpContext http, Visits visits) => visits.RunAsync(http, visit => RolesEndpoint.RemoveDatabaseAsync(visit, space, name)));
    }

    /// <summary>A file of the assembly's.</summary>
    internal static string Read(string file)
    {
        using var reader = new StreamReader(typeof(ConsoleModule).Assembly.GetManifestResourceStream(file)!);
        return reader.ReadToEnd();
    }
}
