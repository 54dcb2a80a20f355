using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LossSpikes.Monitors.Autograd;

/// <summary>What went wrong, for messages: libtorch's errors carry a C++ stack trace of many lines, of which the first is the reason.</summary>
internal static partial class NativeError
{
    private const int MostCharacters = 300;

    /// <summary>The reason in one line, without a stack trace.</summary>
    public static string Reason(Exception e)
    {
        var line = e.Message.Split('\n', 2)[0].Split("Exception raised from")[0].Trim().TrimEnd('.');
        line = line.Length > MostCharacters ? line[..MostCharacters] + "…" : line;
        return e is ExternalException ? $"libtorch says “{line}”" : line.Length > 0 ? line : e.GetType().Name;
    }

    /// <summary>The operation that a message of libtorch names, such as <c>_scaled_dot_product_flash_attention_for_cpu_backward</c>; or null.</summary>
    public static string? Operation(string message) => Named().Match(message) is { Success: true } match ? match.Groups["name"].Value : null;

    [GeneratedRegex(@"(?:derivative for |the function ')(?:aten::)?(?<name>[A-Za-z_]\w*)|aten::(?<name>[A-Za-z_]\w*)")]
    private static partial Regex Named();
}
