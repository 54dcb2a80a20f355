using System.Text;

namespace LossSpikes.Site;

/// <summary>The reference of the command line: the help of every command, as the lab prints it.</summary>
internal static class CommandsPage
{
    public static async Task<string> OfAsync(LabProgram lab)
    {
        var page = new StringBuilder("# Commands\n\n");
        await Append([]);
        return page.ToString();

        async Task Append(string[] command)
        {
            var help = (await lab.PrintAsync([.. command, "--help"])).Trim();
            page.Append($"## lab {string.Join(' ', command)}".TrimEnd()).Append($"\n\n```text\n{help}\n```\n\n");

            // The subcommands come last: two spaces, their name, what they do.
            foreach (var line in help.Split('\n').SkipWhile(l => l != "Commands:").Skip(1).Where(l => l.Length > 2 && l[2] != ' '))
            {
                await Append([.. command, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]]);
            }
        }
    }
}
