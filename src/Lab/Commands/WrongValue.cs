using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace LossSpikes.Lab.Commands;

/// <summary>
/// Values of options that cannot be taken: a word where a number belongs, a number out of range. Like every wrong value they get one sentence and exit
/// code 2; only what is no command line at all (an unknown option, a missing argument) gets the library's help and exit code 1.
/// </summary>
internal static class WrongValue
{
    /// <summary>The sentence for the first wrong value; null where there is none, or something else is wrong with the command line too.</summary>
    public static string? In(ParseResult parsed)
    {
        if (parsed.Errors.Any(e => Given(e.SymbolResult) is null))
        {
            return null;
        }

        var options = parsed.CommandResult.Children.OfType<OptionResult>();
        var refused = parsed.Errors.Count > 0 ? parsed.Errors[0] : null;
        return options.Select(Sentence).FirstOrDefault(s => s is not null)
            ?? (refused is null ? null : Sentence(Given(refused.SymbolResult)!, refused.Message.ReplaceLineEndings(" ")));
    }

    /// <summary>The option or argument that a person gave a value to; null where an error is not about a value.</summary>
    private static SymbolResult? Given(SymbolResult? of) => of switch
    {
        { Parent: OptionResult option } => Given(option),
        ArgumentResult argument when argument.Tokens.Count < argument.Argument.Arity.MinimumNumberOfValues => null, // one is missing
        OptionResult or ArgumentResult when of.Tokens.Count > 0 => of,
        _ => null,
    };

    private static string? Sentence(OptionResult given)
    {
        var type = given.Option.ValueType;
        type = type.IsArray ? type.GetElementType()! : Nullable.GetUnderlyingType(type) ?? type;
        var wrong = given.Tokens.FirstOrDefault(t => !Fits(t.Value, type))?.Value;
        return wrong is null ? null : $"{given.Option.Name} is {Shown(wrong)}; it must be {Expected(wrong, type)}";
    }

    /// <summary>A value of the right type that was refused: it is none of the words that are known, or a validator says why.</summary>
    private static string Sentence(SymbolResult given, string message)
    {
        string[] known = given is OptionResult option ? [.. option.Option.GetCompletions(CompletionContext.Empty).Select(c => c.Label)] : [];
        var wrong = given.Tokens.FirstOrDefault(t => !known.Contains(t.Value, StringComparer.Ordinal))?.Value;
        return known.Length > 0 && wrong is not null ? $"{((OptionResult)given).Option.Name} is {Shown(wrong)}; it must be {Words(known)}" : message;
    }

    private static bool Fits(string text, Type type) => type.IsEnum ? Names(type).Contains(text, StringComparer.OrdinalIgnoreCase)
        : type == typeof(int) ? int.TryParse(text, CultureInfo.CurrentCulture, out _)
        : type == typeof(long) ? long.TryParse(text, CultureInfo.CurrentCulture, out _)
        : type != typeof(double) || double.TryParse(text, CultureInfo.CurrentCulture, out _);

    private static string Expected(string text, Type type) => type.IsEnum ? Words(Names(type))
        : type == typeof(double) ? "a number"
        : !BigInteger.TryParse(text, CultureInfo.CurrentCulture, out _) ? "a whole number"
        : type == typeof(int) ? $"from {int.MinValue} to {int.MaxValue}" : $"from {long.MinValue} to {long.MaxValue}";

    private static string[] Names(Type type) => [.. Enum.GetNames(type).Select(n => n.ToLowerInvariant())];

    private static string Words(string[] words) => words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";

    private static string Shown(string value) => value.Length == 0 ? "empty" : value.ReplaceLineEndings(" ");
}
