using LossSpikes.Lab.Configuration;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Data;

/// <summary>Files of tensors that the user names: whatever is wrong with one becomes one sentence and exit code 2.</summary>
internal static class WeightsFile
{
    /// <summary>Reads a PyTorch, safetensors or numpy file. The caller owns the tensors.</summary>
    /// <returns>A value of the kinds that <see cref="PyTorchFile.Read"/> lists.</returns>
    /// <exception cref="InputException">There is no such file, or it has none of these formats; the message names it.</exception>
    public static object? Read(string path) => Guarded(path, "a file of tensors", () => TensorFile.Read(path));

    /// <summary>Checks that a file is a whole TorchScript archive, without loading it.</summary>
    /// <exception cref="InputException">It is not; the message names it.</exception>
    public static void RequireTorchScript(string path) => Guarded<object?>(path, "a TorchScript archive", () =>
    {
        TorchScriptArchive.Check(path);
        return null;
    });

    /// <summary>Checks the name of a file before work is done for it.</summary>
    /// <exception cref="InputException">The ending of the name selects no format.</exception>
    public static void RequireEnding(string path)
    {
        try
        {
            TensorFile.RequireEnding(path);
        }
        catch (NotSupportedException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    /// <summary>The sentence of a refusal; where a name is not there, with the nearest one that is.</summary>
    public static string Sentence(Exception refusal) => refusal is UnknownNameException unknown
        ? $"{unknown.Problem}; {NearestName.Advice(unknown.Name, unknown.ValidNames, unknown.Introduction)}"
        : refusal.Message;

    private static T Guarded<T>(string path, string expected, Func<T> read)
    {
        if (!File.Exists(path))
        {
            throw new InputException(Directory.Exists(path)
                ? $"{path}: expected {expected}, but this is a folder"
                : $"{path}: there is no such file{NearestName.OfFile(path)}");
        }

        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new InputException(e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }
}
