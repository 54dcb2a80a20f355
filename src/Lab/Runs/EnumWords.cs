namespace LossSpikes.Lab.Runs;

/// <summary>Names of the code as people write them.</summary>
internal static class EnumWords
{
    /// <summary><c>EdgeOfStability</c> as “edge of stability”.</summary>
    public static string Of(Enum value) =>
        string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
