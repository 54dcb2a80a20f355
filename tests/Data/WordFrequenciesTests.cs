using LossSpikes.Lab;
using LossSpikes.Lab.Data;

namespace LossSpikes.Tests.Data;

public sealed class WordFrequenciesTests
{
    [Fact]
    public void Hamlet_has_its_hundred_most_frequent_words()
    {
        var hamlet = WordFrequencies.Hamlet();
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (double)i), hamlet.Ranks);
        Assert.Equal(1098.0 / 29522, hamlet.Frequencies[0]);
        Assert.Equal(47.0 / 29522, hamlet.Frequencies[99]);
    }

    [Fact]
    public void Counts_are_divided_by_their_sum_unless_a_total_is_given()
    {
        using var file = new TemporaryFile("word,count,rank\nthe, 6, 1\nand, 4, 2\n\n");
        Assert.Equal([0.6, 0.4], WordFrequencies.Read(file.Path).Frequencies);
        Assert.Equal([0.06, 0.04], WordFrequencies.Read(file.Path, total: 100).Frequencies);
        Assert.Equal([1.0, 2.0], WordFrequencies.Read(file.Path).Ranks);
    }

    [Theory]
    [InlineData("rank,count\n1,6\n2\n", "line 3: there must be 2 values, as in line 1, not 1")]
    [InlineData("rank,count\n\n1,6,7\n", "line 3: there must be 2 values, as in line 1, not 3")]
    [InlineData("rank,count\n1,NaN\n", "line 2: count must be a finite number, not 'NaN'")]
    [InlineData("rank,count\n1,1e999\n", "line 2: count must be a finite number, not '1e999'")]
    [InlineData("rank,count\n1,\n", "line 2: count must be a finite number, not ''")]
    [InlineData("rank,count\n1,6\n2,-3\n", "line 3: count must not be negative, but is -3")]
    [InlineData("rank,count\n0,6\n", "line 2: rank must be positive, not 0")]
    [InlineData("rank,count\n", "there is no line after the header")]
    [InlineData("", "the file is empty")]
    [InlineData("1,6\n2,3\n", "line 1: the header must name one column 'rank', but it is '1,6'")]
    [InlineData("rank,count,count\n1,2,3\n", "line 1: the header must name one column 'count', but it is 'rank,count,count'")]
    [InlineData("rank,count\n1,\"6\n", "line 2: the quotation marks do not match")]
    [InlineData("rank,count\n1,0\n", "the total that counts are divided by is 0; it must be positive and finite")]
    public void An_unusable_file_is_refused_in_one_sentence(string content, string message)
    {
        using var file = new TemporaryFile(content);
        var error = Assert.Throws<InputException>(() => WordFrequencies.Read(file.Path));
        Assert.StartsWith(file.Path, error.Message);
        Assert.EndsWith(message, error.Message);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        Assert.Equal("no/such.csv: there is no such file", Assert.Throws<InputException>(() => WordFrequencies.Read("no/such.csv")).Message);
        var folder = Assert.Throws<InputException>(() => WordFrequencies.Read(Path.GetTempPath()));
        Assert.StartsWith($"{Path.GetTempPath()}: the file cannot be read", folder.Message);
    }
}
