using System.Text.RegularExpressions;

namespace LossSpikes.Site;

/// <summary>The pages of the experiments: each gets the figure that its own run drew, and its file.</summary>
internal sealed partial class Gallery(Checkout checkout, Pages pages, LabProgram lab, string runs)
{
    /// <summary>Everything that decides what a run does, apart from its own file.</summary>
    private readonly string[] _sources =
    [
        "Directory.Packages.props", "src/Lab/Data/digits.csv.gz",
        .. checkout.Files(["src"], "*.cs"),
        .. checkout.Files(["experiments"], "*").Where(f => Path.GetExtension(f) is ".ts" or ".pt" or ".txt"),
    ];

    /// <summary>Completes all pages.</summary>
    /// <param name="draft">Whether experiments that have not been run yet are left without a figure.</param>
    public async Task DrawAsync(bool draft)
    {
        foreach (var file in checkout.Files(["experiments"], "*.yaml"))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var run = Path.Combine(runs, $"{name}-{checkout.Hash([file, .. _sources])}");
            var drawn = File.Exists(Path.Combine(run, "summary.json"));
            if (!drawn && !draft)
            {
                ForgetOthers(name);
                Console.WriteLine($"running {file}");
                await lab.RunAsync("run", file, "--out", run, "--json");
                drawn = true;
            }

            if (drawn)
            {
                pages.Copy(Path.Combine(run, "figures/run.png"), $"experiments/figures/{name}.png");
            }

            pages.Change($"experiments/{name}.md", text => Complete(text, name, drawn));
        }

        pages.Write("experiments/toc.yml", Contents(File.ReadAllText(checkout.File("experiments/README.md"))));
    }

    /// <summary>The table of contents, in the order of the list of experiments.</summary>
    private static string Contents(string list) => string.Concat(
        Row().Matches(list).Select(r => $"- name: {r.Groups[1]}\n  href: {r.Groups[2]}\n").Prepend("- name: All experiments\n  href: README.md\n"));

    private static string Complete(string text, string name, bool drawn) =>
        (drawn ? Command().Replace(text, $"$1![Loss, sharpness and threshold of {name}, step by step](figures/{name}.png)\n\n", 1) : text)
            + $"\n## The file\n\n[!code-yaml[]({name}.yaml)]\n";

    /// <summary>Deletes the runs of an experiment by other versions; their hashes have sixteen digits.</summary>
    private void ForgetOthers(string name)
    {
        foreach (var old in Directory.CreateDirectory(runs).EnumerateDirectories($"{name}-{new string('?', 16)}"))
        {
            old.Delete(recursive: true);
        }
    }

    /// <summary>The command at the beginning of a page; its figure comes next.</summary>
    [GeneratedRegex(@"\A(# .*\n\n(?: {4}.*\n)+\n)")]
    private static partial Regex Command();

    /// <summary>A row of the list of experiments: title and page.</summary>
    [GeneratedRegex(@"^\| \[(.+?)\]\((.+?\.md)\)", RegexOptions.Multiline)]
    private static partial Regex Row();
}
