using System.CommandLine;
using System.Globalization;

namespace LossSpikes.Lab.Commands;

/// <summary>Options whose value is a number within bounds.</summary>
internal static class BoundedOption
{
    /// <summary>The option.</summary>
    /// <param name="name">Its name, with the dashes.</param>
    /// <param name="description">What it is.</param>
    /// <param name="value">Its default.</param>
    /// <param name="holds">Whether a value is within the bounds.</param>
    /// <param name="bounds">The bounds in words, after “must be”.</param>
    /// <param name="help">What stands for the value in the help.</param>
    public static Option<T> Of<T>(string name, string description, T value, Func<T, bool> holds, string bounds, string help = "N")
        where T : IParsable<T>
    {
        var option = new Option<T>(name) { Description = description, HelpName = help, DefaultValueFactory = _ => value };
        option.Validators.Add(given =>
        {
            // What is no number is refused elsewhere; asking for its value here would throw.
            if (given.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.CurrentCulture, out var number) && !holds(number))
            {
                given.AddError($"{name} must be {bounds}");
            }
        });
        return option;
    }
}
