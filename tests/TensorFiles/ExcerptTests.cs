using CsCheck;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>What messages quote from files.</summary>
public sealed class ExcerptTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("step,loss", "step,loss")]
    [InlineData("η = 0.1, 数", "η = 0.1, 数")]
    [InlineData("a\0\nb\u001b[2J", "a�b�[2J")]
    [InlineData("\u202Eevil\u2028\uE000", "�evil�")]
    [InlineData("a\U0001F600b", "a�b")]
    public void Text_is_shown_with_a_sign_for_what_cannot_be_printed(string text, string shown) => Assert.Equal(shown, Excerpt.Of(text));

    [Fact]
    public void Long_texts_and_lists_are_cut()
    {
        Assert.Equal(new string('x', 60) + "…", Excerpt.Of(new string('x', 100_000)));
        Assert.Equal("ab…", Excerpt.Of("abc", 2));
        Assert.Equal("1, 2, 3", Excerpt.OfList([1, 2, 3]));
        Assert.Equal(301, Excerpt.OfList(Enumerable.Range(0, int.MaxValue)).Length);
    }

    [Fact]
    public void Any_text_becomes_a_short_printable_one() =>
        Gen.Char.Array[0, 200].Sample(letters => Printable.AssertSentence($"'{Excerpt.Of(new string(letters))}'"), iter: 2000, threads: 1);
}
