using LossSpikes.TensorFiles;

namespace LossSpikes.Tests.TensorFiles;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Text_and_copies_replace_what_was_there_and_leave_nothing_else()
    {
        AtomicFile.WriteText(_folder["a.txt"], "a longer text, é");
        AtomicFile.WriteText(_folder["a.txt"], "η");
        AtomicFile.Copy(_folder["a.txt"], _folder["b.txt"]);

        Assert.Equal("η"u8.ToArray(), File.ReadAllBytes(_folder["a.txt"]));
        Assert.Equal("η"u8.ToArray(), File.ReadAllBytes(_folder["b.txt"]));
        Assert.Equal(2, Directory.GetFiles(_folder.Root).Length);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_no_temporary_one()
    {
        _folder.Write("a.txt", "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_folder["a.txt"], stream =>
        {
            stream.WriteByte(0);
            throw new InvalidOperationException();
        }));
        Assert.Throws<FileNotFoundException>(() => AtomicFile.Copy(_folder["none.txt"], _folder["a.txt"]));

        Assert.Equal("old", File.ReadAllText(Assert.Single(Directory.GetFiles(_folder.Root))));
    }
}
