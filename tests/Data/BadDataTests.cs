using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Data;

/// <summary>Invalid data are refused in one sentence that names the file and the fault, with exit code 2.</summary>
public sealed class BadDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("missing", "t10k-images-idx3-ubyte: there is no such file; get t10k-images-idx3-ubyte.gz from https://")]
    [InlineData("empty", "t10k-images-idx3-ubyte: the file is empty")]
    [InlineData("magic", "starts with 00000803, but this one with 00000D03")]
    [InlineData("header", "ends inside its header, after 9 of 16 bytes")]
    [InlineData("truncated", "its header announces 2 × 28 × 28 bytes, but 1468 follow")]
    [InlineData("10 GB", "its header announces 13000000 × 28 × 28 bytes, but 1568 follow")]
    [InlineData("overflow", "its header announces 4294967295 × 4294967295 × 4294967295 bytes, but 1568 follow")]
    [InlineData("size", "28 × 28 pixels, not 14 × 56")]
    [InlineData("label", "t10k-labels-idx1-ubyte: label 2 must be from 0 to 9, but is 10")]
    [InlineData("labels", "there are 3 labels, but t10k-images-idx3-ubyte has 2 images")]
    [InlineData("half gzip", "is not a complete gzip file")]
    public void Damaged_MNIST_files_are_refused(string fault, string says)
    {
        IdxBytes.WriteMnist(_folder.Root, fault == "label" ? [1, 10] : [1, 2]);
        var file = _folder["t10k-images-idx3-ubyte"];
        var bytes = File.ReadAllBytes(file);
        switch (fault)
        {
            case "missing": File.Delete(file); break;
            case "empty": File.WriteAllBytes(file, []); break;
            case "magic": File.WriteAllBytes(file, [0, 0, 13, .. bytes[3..]]); break;
            case "header": File.WriteAllBytes(file, bytes[..9]); break;
            case "truncated": File.WriteAllBytes(file, bytes[..^100]); break;
            case "10 GB": File.WriteAllBytes(file, IdxBytes.Idx([13_000_000, 28, 28], bytes[16..])); break;
            case "overflow": File.WriteAllBytes(file, IdxBytes.Idx([uint.MaxValue, uint.MaxValue, uint.MaxValue], bytes[16..])); break;
            case "size": File.WriteAllBytes(file, IdxBytes.Idx([2, 14, 56], bytes[16..])); break;
            case "labels": File.WriteAllBytes(_folder["t10k-labels-idx1-ubyte"], IdxBytes.Idx([3], [1, 2, 3])); break;
            case "half gzip": File.WriteAllBytes(file, [0x1F, 0x8B, 8, 0, 0]); break;
        }

        AssertRefused("{ kind: mnist, folder: ., part: test }", "cross_entropy", says);
    }

    [Theory]
    [InlineData(0, "test_batch.bin: the file is empty")]
    [InlineData(3000, "must be whole records of 3073 bytes, but has 3000 bytes")]
    [InlineData(2 * 3073, "the label of image 1 must be from 0 to 9, but is 77")]
    [InlineData(10_001 * 3073, "holds more than the 30730000 bytes")]
    public void Damaged_CIFAR10_files_are_refused(int length, string says)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)77);
        File.WriteAllBytes(_folder["test_batch.bin"], bytes);

        AssertRefused("{ kind: cifar10, folder: ., part: test }", "cross_entropy", says);
    }

    [Theory]
    [InlineData("", "data.csv: the file is empty")]
    [InlineData("a,y\n", "has 0 examples")]
    [InlineData("a,y\n1,2\n3\n", "data.csv, line 3: there must be 2 values, as in line 1, not 1")]
    [InlineData("a,y\n1,2\nNaN,4\n", "data.csv, line 3: a must be a finite number, not 'NaN'")]
    [InlineData("a,y\n1,inf\n", "data.csv, line 2: y must be a finite number, not 'inf'")]
    [InlineData("a,yy\n1,2\n", "data.csv, line 1: there is no column 'y', which objective.data.targets asks for; did you mean yy?")]
    [InlineData("y,y\n1,2\n", "has 'y' twice")]
    [InlineData("y\n1\n", "at least one feature and one target")]
    public void Damaged_CSV_files_are_refused(string content, string says)
    {
        _folder.Write("data.csv", content);

        AssertRefused("{ kind: csv, file: data.csv, targets: [y], predict: regression }", "mse", says);
    }

    [Theory]
    [InlineData("a,y\n1,0\n2,1.5\n", "data.csv, line 3: y must be a class, a whole number from 0 to 999, not '1.5'")]
    [InlineData("a,y\n1,-1\n", "data.csv, line 2: y must be a class")]
    [InlineData("a,y\n1,1000000000\n", "data.csv, line 2: y must be a class")]
    [InlineData("a,y\n1,0\n", "at least two classes")]
    public void CSV_files_without_proper_classes_are_refused(string content, string says)
    {
        _folder.Write("data.csv", content);

        AssertRefused("{ kind: csv, file: data.csv, targets: [y], predict: classification }", "cross_entropy", says);
    }

    [Theory]
    [InlineData("{ kind: inline, inputs: [[1], [2, 3]], targets: [[1], [2]] }", "objective.data.inputs must be lists of numbers, all of one length")]
    [InlineData("{ kind: inline, inputs: [[1]], targets: [[1], [2]] }", "there are 1 inputs but 2 targets")]
    [InlineData("{ kind: linear, inputs: 4, outputs: 1, examples: 3, singular_values: [1] }", "at least as many examples, not 3")]
    [InlineData("{ kind: linear, inputs: 4, outputs: 1, examples: 9, singular_values: [1, 2] }", "has 1 to 1 of them, not 2")]
    public void Numbers_that_do_not_fit_together_are_refused(string data, string says) => AssertRefused(data, "mse", says);

    private void AssertRefused(string data, string loss, string says)
    {
        var file = _folder.Write("x.yaml", $$"""
            name: bad
            objective:
              kind: network
              data: {{data}}
              model: { kind: mlp, hidden: [], activation: tanh }
              loss: {{loss}}
            optimizer: { kind: gd, learning_rate: 0.1 }
            steps: 1
            """);
        var result = LabResult.Run("run", file, "--out", _folder["out"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains(says, Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }
}
