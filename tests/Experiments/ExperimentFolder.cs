using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;

namespace LossSpikes.Tests.Experiments;

/// <summary>A folder for experiment files, deleted at the end of the test.</summary>
internal sealed class ExperimentFolder : IDisposable
{
    /// <summary>A valid experiment with only the required keys.</summary>
    public const string Minimal = """
        name: small
        objective:
          kind: network
          data: { kind: digits }
          model: { kind: mlp, hidden: [8, 4], activation: tanh }
          loss: mse
        optimizer: { kind: gd, learning_rate: 0.1 }
        steps: 10
        """;

    public string Folder { get; } = Directory.CreateTempSubdirectory("lossspikes-").FullName;

    public string Save(string text, string name = "x.yaml")
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public Experiment Load(string text, params string[] overrides) => ExperimentFile.Load(Save(text), overrides);

    /// <summary>The message that refuses <paramref name="text"/>, without the folder in front of the file's name.</summary>
    public string Refusal(string text, params string[] overrides) => Refusal(() => Load(text, overrides));

    public string Refusal(Action load)
    {
        var message = Assert.Throws<SettingsException>(load).Message;
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("Exception", message, StringComparison.Ordinal);
        return message.Replace(Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
