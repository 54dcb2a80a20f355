using static TorchSharp.torch;

namespace LossSpikes.Monitors.Tensors;

/// <summary>States of several parts in one dictionary: each part has a prefix of its own.</summary>
internal static class NamedState
{
    /// <summary>A part's state with its prefix.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Add(string prefix, IEnumerable<KeyValuePair<string, Tensor>> state) =>
        state.Select(t => KeyValuePair.Create(prefix + t.Key, t.Value));

    /// <summary>Numbers as the bits of int64, which stay whole where the floating-point tensors of a state change their precision.</summary>
    public static Tensor Exact(params IEnumerable<double> numbers) => tensor([.. numbers.Select(BitConverter.DoubleToInt64Bits)]);

    /// <summary>The numbers of <see cref="Exact"/>.</summary>
    public static double[] Numbers(Tensor exact) => [.. exact.cpu().data<long>().ToArray().Select(BitConverter.Int64BitsToDouble)];

    /// <summary>The state of one part, without its prefix.</summary>
    public static Dictionary<string, Tensor> Part(string prefix, IReadOnlyDictionary<string, Tensor> state) =>
        state.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}
