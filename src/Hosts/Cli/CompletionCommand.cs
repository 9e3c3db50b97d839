using System.CommandLine;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli;

/// <summary><c>completion</c>: prints a script for a shell, which asks this program, by its installation's command, what could come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _beffroi() {
          local IFS=$'\n'
          COMPREPLY=($(beffroi "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -F -- "${COMP_WORDS[COMP_CWORD]}" | grep "^${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _beffroi beffroi
        """;

    private const string Zsh = """
        #compdef beffroi
        _beffroi() {
          local -a offers
          offers=(${(f)"$(beffroi "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"})
          compadd -a offers
        }
        compdef _beffroi beffroi
        """;

    private const string Fish = """
        complete -c beffroi -f -a '(beffroi "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a script that completes commands, options and names; e.g. source <(beffroi completion bash)") { shell };
        command.SetAction(result =>
        {
            var chosen = result.GetRequiredValue(shell);
            var script = (chosen switch { "bash" => Bash, "zsh" => Zsh, _ => Fish }).Replace("beffroi", InstallationName.FromEnvironment().Name, StringComparison.Ordinal);
            return terminal.Tell(result.GetValue(options.Output) == "json", new JsonObject { ["shell"] = chosen, ["script"] = script }, script);
        });
        return command;
    }
}
