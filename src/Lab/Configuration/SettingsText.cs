using System.Text;

namespace LossSpikes.Lab.Configuration;

/// <summary>Reads the text of settings files.</summary>
internal static class SettingsText
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The text of <paramref name="path"/>, which must be UTF-8 and at most 1 MB.</summary>
    /// <exception cref="SettingsException">There is no such file, or it is not that.</exception>
    public static string Read(string path, SettingsKind kind)
    {
        var bytes = Bytes(path, kind);
        try
        {
            using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
            var text = reader.ReadToEnd();
            return text.Any(letter => char.IsControl(letter) && !char.IsWhiteSpace(letter)) ? throw NotText(path, kind) : text;
        }
        catch (DecoderFallbackException)
        {
            throw NotText(path, kind);
        }
    }

    private static byte[] Bytes(string path, SettingsKind kind)
    {
        if (Directory.Exists(path))
        {
            throw new SettingsException($"{path}: expected {kind.Any} file, but this is a folder");
        }

        if (!File.Exists(path))
        {
            throw new SettingsException($"{path}: there is no such file{NearestName.OfFile(path)}");
        }

        try
        {
            // One byte more than allowed shows that a file is too long, whatever length it claims to have (a device claims none).
            var bytes = new byte[MaxBytes + 1];
            using var stream = File.OpenRead(path);
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count <= MaxBytes ? bytes[..count] : throw new SettingsException($"{path}: expected {kind.Any} file of at most 1 MB");
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{path}: the file could not be read; check its permissions");
        }
    }

    private static SettingsException NotText(string path, SettingsKind kind) =>
        new($"{path}: expected {kind.Any} file, which is UTF-8 text, but this is something else");
}
