using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using LossSpikes.Lab.Configuration;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>A text, character by character.</summary>
[Description("A text, cut into pieces of equal length; the network predicts each next character. For transformer and torchscript.")]
internal sealed record TextSettings : DataSettings
{
    private const string BuiltIn = "hamlet.txt";
    private const int LargestFile = 1 << 26;

    [Description("A text in UTF-8. Empty: Shakespeare's Hamlet (158,398 characters, 63 different ones), which the lab carries. "
        + "A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? File { get; init; }

    [Description("How many characters a piece has. Pieces follow one another without overlap; the target of each character is the next one.")]
    [Range(1, 100_000)]
    public required int Context { get; init; }

    [Description("How many pieces are used, the first ones. Empty: all.")]
    [Range(1, 100_000_000)]
    public int? Examples { get; init; }

    protected override DataSet Make()
    {
        var source = File ?? "the built-in Hamlet";
        var text = Read(source).EnumerateRunes().ToArray();
        var alphabet = text.Distinct().Order().ToArray();
        var pieces = Math.Max(0, text.Length - 1) / Context;
        if (alphabet.Length < 2 || pieces < (Examples ?? 1))
        {
            throw new InputException($"{source} has {text.Length} characters, {alphabet.Length} of them different, which make {pieces} pieces of {Context} "
                + $"and one more to predict; {(Examples is { } asked && alphabet.Length > 1
                    ? $"examples asks for {asked}"
                    : "there must be one at least, and two characters")}");
        }

        var numbers = alphabet.Index().ToDictionary(letter => letter.Item, letter => (long)letter.Index);
        var used = (Examples ?? pieces) * Context;
        var tokens = tensor(text.Take(used + 1).Select(letter => numbers[letter]).ToArray());
        return new DataSet(Pieces(0), Pieces(1), alphabet.Length) { Tokens = alphabet.Length };

        Tensor Pieces(int from) => tokens.narrow(0, from, used).view(-1, Context).clone();
    }

    private string Read(string source)
    {
        try
        {
            using var stream = File is null ? typeof(TextSettings).Assembly.GetManifestResourceStream(BuiltIn)! : System.IO.File.OpenRead(File);
            using var content = BoundedRead.All(stream, source, LargestFile);
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content.GetBuffer(), 0, (int)content.Length).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw new InputException($"{source}: expected a text in UTF-8, but this is something else");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{source}: there is no such file{NearestName.OfFile(source)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{source}: the file cannot be read ({e.Message.TrimEnd('.')})");
        }
    }
}
