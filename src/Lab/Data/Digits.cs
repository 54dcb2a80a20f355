using System.ComponentModel;
using System.Globalization;
using LossSpikes.Lab.Configuration;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Data;

/// <summary>The UCI handwritten digits.</summary>
[Description("Handwritten digits (UCI): 1,797 images of 8 by 8 pixels from 0 to 16, which the lab carries.")]
internal sealed record DigitsSettings : ImageDataSettings
{
    [Description("Another copy of the data set, in the format of the built-in one. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? File { get; init; }

    protected override ImageSet Open() => Digits.Read(File);
}

/// <summary>
/// The UCI handwritten digits: 1,797 images of 8 × 8 pixels with values 0…16, and their class. The file is gzipped CSV without a
/// header, 64 pixels and the class per row.
/// </summary>
internal static class Digits
{
    private const int Width = 8, Pixels = Width * Width, Brightest = 16, LargestFile = 1 << 20;

    /// <summary>The images in <paramref name="file"/>, or in the built-in copy when it is null.</summary>
    /// <exception cref="InputException">
    /// The file is missing, is no gzip file or ends early; or, when the images are read, a row is not what it should be.
    /// </exception>
    public static ImageSet Read(string? file)
    {
        var name = file ?? "the built-in digits";
        try
        {
            using var stream = file is null ? typeof(Digits).Assembly.GetManifestResourceStream("digits.csv.gz")! : File.OpenRead(file);
            return new ImageSet(name, [1, Width, Width], Brightest, StrictCsv.Read(GzipFile.Unpack(stream, name, LargestFile), name).Select(Image));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{name} does not exist; leave `file` out to use the built-in digits", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{name} cannot be read: {e.Message}", e);
        }
    }

    private static LabelledImage Image(CsvLine line)
    {
        if (line.Fields.Count != Pixels + 1)
        {
            throw line.Error($"expected {Pixels} pixels and a class, found {line.Fields.Count} values");
        }

        var pixels = new byte[Pixels];
        for (var i = 0; i < Pixels; i++)
        {
            pixels[i] = Whole(line, i, $"pixel {i + 1}", Brightest);
        }

        return new LabelledImage(pixels, Whole(line, Pixels, "the class", ImageSet.Classes - 1));
    }

    private static byte Whole(CsvLine line, int column, string name, byte highest) =>
        byte.TryParse(line.Fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= highest
            ? value
            : throw line.Error($"{name} must be a whole number from 0 to {highest}, but is \"{Excerpt.Of(line.Fields[column])}\"");
}
