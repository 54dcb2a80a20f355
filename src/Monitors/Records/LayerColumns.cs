namespace LossSpikes.Monitors;

/// <summary>The columns of a layer: what is measured, a dot, and the layer's name.</summary>
internal static class LayerColumns
{
    private const string Curvature = "loss/θ²", SharpnessPrefix = "layer_sharpness.", GradientPrefix = "layer_gradient.", UpdatePrefix = "layer_update.";

    /// <summary>Those of all layers.</summary>
    /// <param name="layers">Their names.</param>
    /// <param name="eigenvalues">How many eigenvectors are reported.</param>
    public static IEnumerable<Column> Of(IReadOnlyList<string> layers, int eigenvalues) =>
    [
        .. Enumerable.Range(1, eigenvalues).SelectMany(rank => layers.Select(l => Column.Further(Share(rank, l), ""))),
        .. layers.Select(l => Column.Further(Sharpness(l), Curvature)),
        .. layers.Select(l => Column.Further(Gradient(l), "loss/θ")),
        .. layers.Select(l => Column.Further(Update(l), "θ")),
    ];

    public static string Share(int rank, string layer) => $"{SharePrefix(rank)}{Plain(layer)}";

    public static string Sharpness(string layer) => SharpnessPrefix + Plain(layer);

    public static string Gradient(string layer) => GradientPrefix + Plain(layer);

    public static string Update(string layer) => UpdatePrefix + Plain(layer);

    /// <summary>What was measured of each layer, in their order.</summary>
    public static IReadOnlyList<LayerShare> Read(Measurement seen) =>
    [
        .. from value in seen.Further
           where value.Key.StartsWith(SharePrefix(1), StringComparison.Ordinal)
           let layer = value.Key[SharePrefix(1).Length..]
           select new LayerShare(layer, value.Value)
           {
               Sharpness = Find(seen, Sharpness(layer)),
               GradientNorm = Find(seen, Gradient(layer)),
               UpdateNorm = Find(seen, Update(layer)),
           },
    ];

    private static string SharePrefix(int rank) => FormattableString.Invariant($"layer_share_{rank}.");

    private static double? Find(Measurement seen, string name) => seen.Further.TryGetValue(name, out var value) ? value : null;

    /// <summary>The name without what a header or a file name cannot hold.</summary>
    private static string Plain(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '*' ? c : '_'));
}
