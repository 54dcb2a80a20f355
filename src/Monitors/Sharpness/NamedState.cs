using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>States of several parts in one dictionary: each part has a prefix of its own.</summary>
internal static class NamedState
{
    /// <summary>A part's state with its prefix.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Add(string prefix, IEnumerable<KeyValuePair<string, Tensor>> state) =>
        state.Select(t => KeyValuePair.Create(prefix + t.Key, t.Value));

    /// <summary>The state of one part, without its prefix.</summary>
    public static Dictionary<string, Tensor> Part(string prefix, IReadOnlyDictionary<string, Tensor> state) =>
        state.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}
