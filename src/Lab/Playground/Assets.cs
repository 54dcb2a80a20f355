using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LossSpikes.Lab.Playground;

/// <summary>The files of the front end: a fixed list of resources inside this program, so that no path leads anywhere else.</summary>
internal static class Assets
{
    private const string Prefix = "web/", Extension = ".html";

    private static readonly Dictionary<string, string> MediaTypes = new()
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
    };

    /// <summary>The pages, in the order of the navigation: their address, name and resource.</summary>
    private static readonly (string Path, string Title, string Resource)[] Pages =
    [
        ("/", "Article", "article.html"),
        ("/live", "Live training", "live.html"),
        ("/compare", "Toy and network", "compare.html"),
        ("/runs", "Runs", "runs.html"),
        ("/glossary", "Glossary", "glossary.html"),
    ];

    /// <summary>Adds a GET for every file and page.</summary>
    /// <param name="app">The routes.</param>
    /// <param name="parts">What stands for a word in braces of a page.</param>
    public static void Map(IEndpointRouteBuilder app, IReadOnlyDictionary<string, Func<string>> parts)
    {
        foreach (var (path, _, resource) in Pages)
        {
            MapBytes(app, path, "text/html; charset=utf-8", () => Encoding.UTF8.GetBytes(parts.Aggregate(
                Encoding.UTF8.GetString(Read(resource)).Replace("{navigation}", Navigation(path), StringComparison.Ordinal),
                (page, part) => page.Contains(part.Key, StringComparison.Ordinal) ? page.Replace(part.Key, part.Value(), StringComparison.Ordinal) : page)));
        }

        var files = Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(n => n.StartsWith(
            Prefix, StringComparison.Ordinal)).Select(n => n[Prefix.Length..].Replace('\\', '/'));
        foreach (var file in files.Where(f => Path.GetExtension(f) != Extension))
        {
            MapBytes(app, "/" + file, MediaTypes[Path.GetExtension(file)], () => Read(file));
        }
    }

    /// <summary>One of the files.</summary>
    public static byte[] Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void MapBytes(IEndpointRouteBuilder app, string path, string mediaType, Func<byte[]> read)
    {
        var content = new Lazy<(byte[] Bytes, string Tag)>(() =>
        {
            var bytes = read();
            return (bytes, $"\"{Convert.ToHexString(SHA256.HashData(bytes)[..16])}\"");
        });
        app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], context =>
        {
            context.Response.Headers.ETag = content.Value.Tag;
            if (context.Request.Headers.IfNoneMatch == content.Value.Tag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }

            context.Response.ContentType = mediaType;
            context.Response.ContentLength = content.Value.Bytes.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content.Value.Bytes).AsTask();
        });
    }

    private static string Navigation(string current) => string.Concat(Pages.Select(p =>
        $"<a href=\"{p.Path}\"{(p.Path == current ? " aria-current=\"page\"" : "")}>{WebUtility.HtmlEncode(p.Title)}</a>"));
}
