using System.IO.Enumeration;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>A layer, or another group of parameters: some of the components of θ.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ranges">Where they are, in order.</param>
internal sealed record ParameterBlock(string Name, IReadOnlyList<(long Start, long Length)> Ranges)
{
    /// <summary>How many blocks there may be.</summary>
    public const int Most = 64;

    /// <summary>The block of what no pattern names.</summary>
    public const string Others = "others";

    /// <summary>How many components.</summary>
    public long Dimension => Ranges.Sum(r => r.Length);

    /// <summary>θ in blocks: every component is in one of them.</summary>
    /// <param name="parts">The parameters.</param>
    /// <param name="patterns">
    /// Names with * for any characters; a parameter belongs to the first that fits. None: one block for each layer, which is the name of a parameter
    /// up to its last dot, or the parameter itself.
    /// </param>
    /// <exception cref="ArgumentException">A pattern fits no parameter, or there are too many blocks.</exception>
    public static IReadOnlyList<ParameterBlock> Of(IReadOnlyList<ParameterPart> parts, IReadOnlyList<string> patterns)
    {
        var names = parts.Select(p => patterns.Count == 0 ? Layer(p.Name) : patterns.FirstOrDefault(pattern => Fits(pattern, p.Name)) ?? Others).ToList();
        if (patterns.FirstOrDefault(pattern => !names.Contains(pattern)) is { } idle)
        {
            throw new ArgumentException($"no parameter is left for the pattern {idle}; the parameters are {Listed([.. parts.Select(p => p.Name)])}");
        }

        var blocks = new Dictionary<string, List<(long, long)>>();
        long at = 0;
        foreach (var (part, name) in parts.Zip(names))
        {
            blocks.TryAdd(name, []);
            blocks[name].Add((at, part.Numbers));
            at += part.Numbers;
        }

        return blocks.Count <= Most ? [.. blocks.Select(b => new ParameterBlock(b.Key, b.Value))] : throw new ArgumentException(
            $"there are {blocks.Count} layers, and at most {Most} are measured one by one: group them by patterns such as blocks.0.*");
    }

    /// <summary>The components of each row, shape [m, d] → [m, b].</summary>
    public Tensor Take(Tensor rows) => Ranges.Count == 1
        ? rows.narrow(1, Ranges[0].Start, Ranges[0].Length).contiguous()
        : cat([.. Ranges.Select(r => rows.narrow(1, r.Start, r.Length))], 1);

    /// <summary>Rows of θ with these components and zeros elsewhere, shape [m, b] → [m, d].</summary>
    public Tensor Embed(Tensor components, long dimension)
    {
        var rows = zeros(components.shape[0], dimension, dtype: components.dtype, device: components.device);
        long at = 0;
        foreach (var (start, length) in Ranges)
        {
            rows.narrow(1, start, length).copy_(components.narrow(1, at, length));
            at += length;
        }

        return rows;
    }

    private static string Layer(string name) => name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : name;

    private static bool Fits(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    private static string Listed(IReadOnlyList<string> names) =>
        names.Count <= 8 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(7))} and {names.Count - 7} more";
}
