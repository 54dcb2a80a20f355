using System.Globalization;
using LossSpikes.Lab.Configuration;
using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>One changed member of <see cref="TrackerSettings"/>, written <c>NAME=VALUE</c>.</summary>
internal static class SettingOverride
{
    /// <summary><paramref name="settings"/> with the change.</summary>
    /// <exception cref="InputException">It is not written that way, there is no such member, or the value does not suit it.</exception>
    public static TrackerSettings Apply(TrackerSettings settings, string text)
    {
        var members = typeof(TrackerSettings).GetProperties().Where(p => p.CanWrite).ToDictionary(p => p.Name);
        var parts = text.Split('=', 2);
        if (parts.Length < 2)
        {
            throw new InputException($"--set {text}: expected NAME=VALUE, such as {nameof(TrackerSettings.DriftMargin)}=1.5");
        }

        if (!members.TryGetValue(parts[0], out var member))
        {
            throw new InputException($"--set {text}: the tracker has no setting \"{parts[0]}\"; {NearestName.Advice(parts[0], members.Keys)}");
        }

        var whole = member.PropertyType == typeof(int);
        object? value = whole
            ? int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null
            : double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && real >= 0 && double.IsFinite(real) ? real : null;
        if (value is null)
        {
            throw new InputException($"--set {text}: {member.Name} must be a {(whole ? "whole " : "")}number, zero or more");
        }

        var changed = settings with { };
        member.SetValue(changed, value);
        return changed;
    }
}
