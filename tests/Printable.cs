using System.Globalization;

namespace LossSpikes.Tests;

/// <summary>What a terminal can show of a message.</summary>
internal static class Printable
{
    private const int Longest = 1000;

    /// <summary>The message is one line that can be read, whatever file it is about.</summary>
    public static void AssertSentence(string message)
    {
        Assert.InRange(message.Length, 1, Longest);
        Assert.DoesNotContain(message, c => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
    }
}
