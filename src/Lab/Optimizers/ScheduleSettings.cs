using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using LossSpikes.Lab.Configuration;

namespace LossSpikes.Lab.Optimizers;

/// <summary>The step size as a function of the step. This list is the registry of schedules: a new one is a record of its own and a line here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConstantSchedule), "constant")]
[JsonDerivedType(typeof(StepSchedule), "step")]
[JsonDerivedType(typeof(WarmupSchedule), "warmup")]
[JsonDerivedType(typeof(CosineSchedule), "cosine")]
[JsonDerivedType(typeof(ListSchedule), "list")]
[JsonDerivedType(typeof(ScaledSchedule), "scaled")]
internal abstract record ScheduleSettings
{
    /// <summary>The step size of the update made from θ_t.</summary>
    /// <param name="step">t.</param>
    /// <param name="learningRate">The optimizer's own.</param>
    internal abstract double At(long step, double learningRate);

    /// <summary>This schedule up to a step, and one step size from there on.</summary>
    internal ListSchedule Then(int step, double value)
    {
        var (before, values) = this is ListSchedule list ? (list.Before, list.Values.Where(v => v.Key < step)) : (this, []);
        return new ListSchedule { Before = before, Values = new Dictionary<int, double>(values) { [step] = value } };
    }
}

/// <summary>No change.</summary>
[Description("The step size stays learning_rate.")]
internal sealed record ConstantSchedule : ScheduleSettings
{
    internal override double At(long step, double learningRate) => learningRate;
}

/// <summary>torch's StepLR.</summary>
[Description("The step size is multiplied by a factor at regular intervals.")]
internal sealed record StepSchedule : ScheduleSettings
{
    [Description("Steps from one change to the next.")]
    [Range(1, Limits.MaxSteps)]
    public required int Every { get; init; }

    [Description("What the step size is multiplied by.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public required double Factor { get; init; }

    internal override double At(long step, double learningRate) => learningRate * Math.Pow(Factor, step / Every);
}

/// <summary>Linear warm-up.</summary>
[Description("The step size grows linearly to learning_rate: learning_rate·(t+1)/steps at step t, until it is reached.")]
internal sealed record WarmupSchedule : ScheduleSettings
{
    [Description("Steps until learning_rate is reached.")]
    [Range(1, Limits.MaxSteps)]
    public required int Steps { get; init; }

    internal override double At(long step, double learningRate) => learningRate * Math.Min(1, (step + 1.0) / Steps);
}

/// <summary>torch's CosineAnnealingLR, in closed form and without restart.</summary>
[Description("The step size falls from learning_rate to a final value along half a cosine, and stays there.")]
internal sealed record CosineSchedule : ScheduleSettings
{
    [Description("Steps until the final value is reached.")]
    [Range(1, Limits.MaxSteps)]
    public required int Steps { get; init; }

    [Description("The final step size.")]
    [Range(0.0, double.MaxValue)]
    public double Final { get; init; }

    internal override double At(long step, double learningRate) =>
        Final + (learningRate - Final) * (1 + Math.Cos(Math.PI * Math.Min(1, (double)step / Steps))) / 2;
}

/// <summary>Interventions.</summary>
[Description("The step size is set to given values at given steps: values: { 500: 0.05, 800: 0.1 }. Before the first of them another schedule holds.")]
internal sealed record ListSchedule : ScheduleSettings
{
    [Description("Step sizes by the step from which they hold on.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public required IReadOnlyDictionary<int, double> Values { get; init; }

    [Description("The schedule up to the first of these steps. Empty: the step size is learning_rate until then.")]
    public ScheduleSettings Before { get; init; } = new ConstantSchedule();

    internal override double At(long step, double learningRate)
    {
        var past = Values.Keys.Where(from => from <= step).ToArray();
        return past.Length == 0 ? Before.At(step, learningRate) : Values[past.Max()];
    }
}

/// <summary>One intervention in any schedule, as lab replay makes it.</summary>
[Description("Another schedule, multiplied by a factor from a step on.")]
internal sealed record ScaledSchedule : ScheduleSettings
{
    [Description("The first step with the factor.")]
    [Range(0, Limits.MaxSteps)]
    public required int From { get; init; }

    [Description("What the step size is multiplied by from there on.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public required double Factor { get; init; }

    [Description("The schedule that is multiplied.")]
    public ScheduleSettings Schedule { get; init; } = new ConstantSchedule();

    internal override double At(long step, double learningRate) => Schedule.At(step, learningRate) * (step >= From ? Factor : 1);
}
