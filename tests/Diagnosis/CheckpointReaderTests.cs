using LossSpikes.Lab;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Tests.PyTorch;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Diagnosis;

/// <summary>Checkpoints that the user names: what is wrong gets one sentence with the file's name.</summary>
public sealed class CheckpointReaderTests
{
    [Fact]
    public void A_checkpoint_is_read_from_its_file()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(("model", 2L), CheckpointReader.Read(CheckpointTruth.PathOf("adam")) is var read ? (read.Key, read.Step) : default);
    }

    [Theory]
    [InlineData("ema", "modle", "it has no group \"modle\" of tensors; did you mean model?")]
    [InlineData("twins", null, "it has several groups of tensors (actor, critic); a key says which one")]
    [InlineData("whole-module", null, "it holds a torch.nn.modules.container.Sequential, which only Python can build")]
    [InlineData("../old", null, "it has PyTorch's format of before version 1.6")]
    [InlineData("nowhere", null, "there is no such file")]
    public void What_is_wrong_gets_one_sentence_that_names_the_file(string name, string? key, string says)
    {
        using var scope = NewDisposeScope();
        var path = CheckpointTruth.PathOf(name);
        var message = Assert.ThrowsAny<InputException>(() => CheckpointReader.Read(path, key)).Message;

        Assert.StartsWith($"{path}: {says}", message, StringComparison.Ordinal);
        Printable.AssertSentence(message);
    }
}
