using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Configuration;

/// <summary>Marks a key whose value is a path; loading makes it absolute, counted from the folder of the settings file.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilePathAttribute : ValidationAttribute
{
    public FilePathAttribute(string what) => ErrorMessage = $"must be the path of a {what}";

    /// <summary>A word that may stand in place of a path and names something of the lab's own; it is left as it is.</summary>
    public string? BuiltIn { get; init; }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is string { Length: > 0 } path && !path.Contains('\0');
}
