using LossSpikes.Lab;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Tests.Runs;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_lock_has_one_holder_within_a_process_and_is_free_after_it()
    {
        using (FolderLock.Take(_folder.Root))
        {
            var refused = Assert.Throws<FolderInUseException>(() => FolderLock.Take(_folder.Root));
            Assert.StartsWith($"{_folder.Root} is being written by process {Environment.ProcessId} (lab ", refused.Message, StringComparison.Ordinal);
            Assert.Throws<FolderInUseException>(() => FolderLock.RequireFree(_folder.Root));
        }

        FolderLock.RequireFree(_folder.Root);
        using var second = FolderLock.Take(_folder.Root);
        Assert.Equal(_folder.Root, second.Directory);
    }

    [Fact]
    public void The_file_stays_behind_empty_and_a_folder_without_it_is_left_alone()
    {
        FolderLock.RequireFree(_folder.Root);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));

        using (var held = FolderLock.Take(_folder.Root))
        {
            Assert.True(held.IsEmpty);
            _folder.Write("metrics.csv", "");
            Assert.False(held.IsEmpty);
        }

        Assert.Equal("", File.ReadAllText(_folder[".lock"]));
    }

    [Fact]
    public void A_holder_that_the_file_does_not_name_is_another_process()
    {
        using var unnamed = new FileStream(_folder[".lock"], FileMode.CreateNew, FileAccess.Write, FileShare.None);

        Assert.Contains("by another process;", Assert.Throws<FolderInUseException>(() => FolderLock.Take(_folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_names_its_holder_in_garbage_is_quoted_in_a_printable_sentence()
    {
        using var damaged = new FileStream(_folder[".lock"], FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        damaged.Write([.. new byte[3000], .. "\u001b[2J"u8]);

        Printable.AssertSentence(Assert.Throws<FolderInUseException>(() => FolderLock.Take(_folder.Root)).Message);
    }

    [Fact]
    public void A_missing_folder_is_refused() =>
        Assert.Contains("cannot be written", Assert.Throws<InputException>(() => FolderLock.Take(_folder["no"])).Message, StringComparison.Ordinal);
}
