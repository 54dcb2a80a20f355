using LossSpikes.Lab.Data;

namespace LossSpikes.Tests.Data;

public sealed class CsvTextTests
{
    [Fact]
    public void Cells_with_commas_quotes_and_line_feeds_are_quoted_and_others_are_not() =>
        Assert.Equal("a b,\"1,2\",\"say \"\"no\"\"\",\"two\nlines\",\n", CsvText.Line(["a b", "1,2", "say \"no\"", "two\nlines", ""]));
}
