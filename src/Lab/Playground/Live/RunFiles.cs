using System.Text.RegularExpressions;
using LossSpikes.Lab.Playground.Requests;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;
using Microsoft.AspNetCore.Http;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>The files of a run folder that pages link to: a fixed list of names, and the pictures of its folder figures. Links are not followed.</summary>
internal static partial class RunFiles
{
    // What is drawn in a run folder needs no script, no other file and no network; nothing that someone else put there gets any.
    private const string ContentPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    private const string Figures = "figures";
    private const int MostFigures = 40;

    private static readonly Dictionary<string, string> Served = new()
    {
        [RunReport.File] = "text/html; charset=utf-8",
        [RecordedRun.MetricsFile] = "text/csv; charset=utf-8",
        [RecordedRun.EventsFile] = "application/jsonl; charset=utf-8",
        [RecordedRun.SummaryFile] = "application/json; charset=utf-8",
        [RecordedRun.ConfigFile] = "text/plain; charset=utf-8",
    };

    /// <summary>Those that are there, the report first.</summary>
    public static IReadOnlyList<string> Of(string folder)
    {
        var figures = Path.Combine(folder, Figures);
        return
        [
            .. Served.Keys.Where(f => IsFile(Path.Combine(folder, f))),
            .. IsFolder(figures)
                ? Directory.EnumerateFiles(figures).Select(f => Path.GetFileName(f)).Where(f => Figure().IsMatch(f) && IsFile(Path.Combine(figures, f)))
                    .Order(StringComparer.Ordinal).Take(MostFigures)
                : [],
        ];
    }

    /// <summary>Answers with one of them; others are not found.</summary>
    public static async Task Send(HttpContext context, string folder, string name)
    {
        var isFigure = Figure().IsMatch(name);
        var path = Path.Combine(folder, isFigure ? Figures : "", name);
        if (!isFigure && !Served.ContainsKey(name) || !IsFolder(Path.GetDirectoryName(path)!) || !IsFile(path))
        {
            await Refusal.Write(context, StatusCodes.Status404NotFound, "this run has no such file");
            return;
        }

        context.Response.ContentType = isFigure ? name.EndsWith(".svg", StringComparison.Ordinal) ? "image/svg+xml" : "image/png" : Served[name];
        context.Response.Headers.ContentSecurityPolicy = ContentPolicy;
        if (name is RecordedRun.MetricsFile or RecordedRun.EventsFile)
        {
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
            await context.Response.Body.WriteAsync(RunFile.CompleteLines(path), context.RequestAborted);
            return;
        }

        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>Whether a folder is there, and no link.</summary>
    public static bool IsFolder(string path) => new DirectoryInfo(path) is { Exists: true } found && !found.Attributes.HasFlag(FileAttributes.ReparsePoint);

    /// <summary>Whether a file with content is there, and no link; pipes and devices have no length.</summary>
    public static bool IsFile(string path) =>
        new FileInfo(path) is { Exists: true, Length: > 0 } found && !found.Attributes.HasFlag(FileAttributes.ReparsePoint);

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,60}\.(png|svg)\z")]
    private static partial Regex Figure();
}
