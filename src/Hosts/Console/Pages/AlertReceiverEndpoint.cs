using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>One who is told of alerts: how it goes, trying it, its code or secret, and its end.</summary>
internal static class AlertReceiverEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit, string name) => Page(visit, await ReadAsync(visit, name), null);

    public static async Task<IResult> TestAsync(Visit visit, string name)
    {
        await visit.FormAsync();
        return await ChangeAsync(visit, name, () => visit.Api.RequestAsync(HttpMethod.Post, Api(visit, name) + "/test", WireJson.Default.AlertReceiver));
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string name)
    {
        var code = (await visit.FormAsync())("code");
        return await ChangeAsync(
            visit, name, () => visit.Api.PostAsync(Api(visit, name) + "/confirmation", new ConfirmAlertReceiver(code), WireJson.Default.ConfirmAlertReceiver, WireJson.Default.AlertReceiver));
    }

    public static async Task<IResult> AskAsync(Visit visit, string name, bool delete)
    {
        var receiver = await ReadAsync(visit, name);
        return (delete ? Deletion(visit, receiver) : Rotation(visit, receiver)).Page(visit);
    }

    public static async Task<IResult> RotateAsync(Visit visit, string name)
    {
        await visit.FormAsync();
        var receiver = await ReadAsync(visit, name);
        try
        {
            return Made(visit, await visit.Api.RequestAsync(HttpMethod.Post, Api(visit, name) + "/secret", WireJson.Default.AlertReceiver));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409)
        {
            return Rotation(visit, receiver).Page(visit, refusal.Problem);
        }
    }

    public static async Task<IResult> DeleteAsync(Visit visit, string name)
    {
        await visit.FormAsync();
        var receiver = await ReadAsync(visit, name);
        try
        {
            await visit.Api.RequestAsync(HttpMethod.Delete, Api(visit, name), WireJson.Default.PageAlertReceiver);
            return new SeeOther("/console/alerts");
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409)
        {
            return Deletion(visit, receiver).Page(visit, refusal.Problem);
        }
    }

    /// <summary>Goes on to one that was made, by way of its secret where it has a new one.</summary>
    public static IResult Made(Visit visit, AlertReceiver receiver) => receiver.Secret is { } secret
        ? visit.Once(new ShownOnce(secret, receiver.Name, "beffroi alert receiver rotate-secret " + receiver.Name, Path(receiver.Name), Signs: true))
        : new SeeOther(Path(receiver.Name));

    private static string Path(string name) => "/console/alerts/" + Visit.Name(name);

    private static string Api(Visit visit, string name) => visit.Named("alert-receivers", name);

    private static Task<AlertReceiver> ReadAsync(Visit visit, string name) => visit.Api.GetAsync(Api(visit, name), WireJson.Default.AlertReceiver);

    private static async Task<IResult> ChangeAsync(Visit visit, string name, Func<Task<AlertReceiver>> change)
    {
        try
        {
            await change();
            return new SeeOther(Path(name));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return Page(visit, await ReadAsync(visit, name), refusal.Problem);
        }
    }

    private static Confirmation Rotation(Visit visit, AlertReceiver receiver)
    {
        var t = visit.Frame.Texts;
        return new(
            Text(t.RotateSecretTitle, receiver.Name), Path(receiver.Name) + "/rotate-secret", Path(receiver.Name), receiver.Name, t.RotateSecretMore, t.RotateSecret,
            "beffroi alert receiver rotate-secret " + receiver.Name, Danger: true);
    }

    private static Confirmation Deletion(Visit visit, AlertReceiver receiver)
    {
        var t = visit.Frame.Texts;
        return new(
            Text(t.DeleteReceiverTitle, receiver.Name), Path(receiver.Name) + "/delete", Path(receiver.Name), receiver.Name, t.DeleteReceiverMore, t.DeleteReceiver,
            "beffroi alert receiver delete " + receiver.Name, Danger: true);
    }

    private static HtmlPage<AlertReceiverPage> Page(Visit visit, AlertReceiver receiver, ProblemDocument? problem) => new(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = Text(visit.Frame.Texts.ReceiverTitle, receiver.Name), Path = Path(receiver.Name) },
        ["Receiver"] = receiver,
        ["Problem"] = problem,
    });

    private static string Text(string format, string name) => string.Format(CultureInfo.InvariantCulture, format, name);
}
