using System.Net;

namespace LossSpikes.Lab.Pages;

/// <summary>
/// Text with formulas, as HTML with MathML, which browsers typeset without a script and without a font of the page. A formula stands
/// between $ signs, on a line of its own between $$. Its notation: names of one or more letters, numbers and operators as they are
/// read, x_t and x^2, {1}/{2} for a fraction, braces for what belongs together.
/// </summary>
internal static class MathText
{
    private const char Sum = 'Σ';

    /// <summary>The text, with everything that is no formula escaped.</summary>
    public static string ToHtml(string text)
    {
        var parts = text.Split('$');
        var html = new System.Text.StringBuilder();
        for (var i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 0)
            {
                html.Append(WebUtility.HtmlEncode(parts[i]));
            }
            else if (parts[i].Length == 0)
            {
                // Nothing between two signs: a formula on its own line follows, and two more signs end it.
                html.Append(Formula(parts[i + 1], block: true));
                i += 2;
            }
            else
            {
                // A line must not begin with the comma after a formula.
                var tail = string.Concat(parts[i + 1].TakeWhile(char.IsPunctuation));
                parts[i + 1] = parts[i + 1][tail.Length..];
                html.Append($"<span class=\"formula\">{Formula(parts[i], block: false)}{WebUtility.HtmlEncode(tail)}</span>");
            }
        }

        return html.ToString();
    }

    private static string Formula(string notation, bool block)
    {
        var at = 0;
        return $"<math{(block ? " display=\"block\"" : "")}>{Row(notation, ref at)}</math>";
    }

    private static string Row(string text, ref int at)
    {
        var row = "";
        while (at < text.Length && text[at] != '}')
        {
            row += text[at] == ' ' ? "" : Scripted(text, ref at);
            at += at < text.Length && text[at] == ' ' ? 1 : 0;
        }

        return row;
    }

    /// <summary>One thing with what stands below and above it.</summary>
    private static string Scripted(string text, ref int at)
    {
        var thing = Single(text, ref at);
        var (below, above) = ("", "");
        while (at < text.Length && text[at] is '_' or '^')
        {
            var isBelow = text[at++] == '_';
            (below, above) = isBelow ? (Single(text, ref at), above) : (below, Single(text, ref at));
        }

        return (below, above) switch
        {
            ("", "") => thing,
            (_, "") when IsSum(thing) => $"<munder>{thing}{below}</munder>",
            (_, "") => $"<msub>{thing}{below}</msub>",
            ("", _) => $"<msup>{thing}{above}</msup>",
            _ when IsSum(thing) => $"<munderover>{thing}{below}{above}</munderover>",
            _ => $"<msubsup>{thing}{below}{above}</msubsup>",
        };
    }

    private static string Single(string text, ref int at)
    {
        if (text[at] == '{')
        {
            var group = Group(text, ref at);
            if (at + 1 >= text.Length || text[at] != '/' || text[at + 1] != '{')
            {
                return group;
            }

            at++;
            return $"<mfrac>{group}{Group(text, ref at)}</mfrac>";
        }

        var from = at++;
        while (at < text.Length && Continues(text, from, at))
        {
            at++;
        }

        var token = WebUtility.HtmlEncode(text[from..at]);
        return char.IsLetter(text[from]) && text[from] != Sum ? $"<mi>{token}</mi>"
            : char.IsNumber(text[from]) ? $"<mn>{token}</mn>"
            : text[from] is '|' or '/' ? $"<mo lspace=\"0\" rspace=\"0\" stretchy=\"false\">{token}</mo>"
            : $"<mo>{token}</mo>";
    }

    private static bool IsSum(string thing) => thing.Contains(Sum);

    /// <summary>Names are of letters; numbers of digits, with a point between two of them.</summary>
    private static bool Continues(string text, int from, int at) => char.IsAsciiLetter(text[from]) ? char.IsAsciiLetter(text[at])
        : char.IsAsciiDigit(text[from]) && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])));

    private static string Group(string text, ref int at)
    {
        at++;
        var row = Row(text, ref at);
        at++;
        return $"<mrow>{row}</mrow>";
    }
}
