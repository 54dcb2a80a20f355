using CliWrap;
using LossSpikes.Site;

// Builds the documentation site:
//
//     dotnet run -c Release --project site               all of it; the gallery runs its experiments, once for each version of the sources
//     dotnet run -c Release --project site -- --draft    without the figures of experiments that have not been run yet
//
// The pages are those of the repository, copied in their folders so that their links hold. What docfx complains of is an error, a broken link above all.

var checkout = Checkout.Find();
var output = checkout.File("artifacts/site");
var html = Path.Combine(output, "html");
var pages = new Pages(checkout, Path.Combine(output, "source"));
var lab = new LabProgram(checkout);

if (Directory.Exists(html))
{
    Directory.Delete(html, recursive: true);
}

pages.CopyAll();
pages.Write("reference/keys.md", KeysPage.Of(File.ReadAllText(checkout.File("experiments/experiment.schema.json"))));
pages.Write("reference/commands.md", await CommandsPage.OfAsync(lab));
lab.CopyApi(pages.File("assemblies"));
await new Gallery(checkout, pages, lab, Path.Combine(output, "runs")).DrawAsync(draft: args is ["--draft"]);

return await DotnetAsync("tool", "restore", "--verbosity", "quiet")
    && await DotnetAsync("docfx", "metadata", pages.File("docfx.json"))
    && await DotnetAsync("docfx", "build", pages.File("docfx.json"), "--warningsAsErrors")
    && FrontPage() ? 0 : 1;

async Task<bool> DotnetAsync(params string[] arguments)
{
    var dotnet = Cli.Wrap("dotnet").WithArguments(arguments).WithWorkingDirectory(checkout.Root) | (Console.WriteLine, Console.Error.WriteLine);
    return (await dotnet.WithValidation(CommandResultValidation.None).ExecuteAsync()).IsSuccess;
}

// The front page is the README.
bool FrontPage()
{
    var index = Path.Combine(html, "index.html");
    File.Copy(Path.Combine(html, "README.html"), index, overwrite: true);
    Console.WriteLine(index);
    return true;
}
