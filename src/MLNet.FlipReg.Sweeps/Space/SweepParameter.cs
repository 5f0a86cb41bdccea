using System.Globalization;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>What kind of values a parameter takes.</summary>
public enum SweepParameterKind
{
    /// <summary>Real numbers from a range.</summary>
    Double,

    /// <summary>Whole numbers from a range.</summary>
    Integer,

    /// <summary>One of several values: texts, numbers, true and false.</summary>
    Choice,

    /// <summary>One value in every trial.</summary>
    Fixed,
}

/// <summary>One parameter of a <see cref="SweepSpace"/>: its name, its values and the value of the first trial.</summary>
/// <remarks>Values are Double, Int64 (any whole number is taken as one), Boolean and String; values of enumerations become their names.</remarks>
public sealed record SweepParameter
{
    private SweepParameter(string name, SweepParameterKind kind, double minimum, double maximum, bool log, IReadOnlyList<object> values, object initial, int? levels)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, Kind, Minimum, Maximum, Log, Values, Initial, Levels) = (name, kind, minimum, maximum, log, values, initial, levels);
    }

    /// <summary>The name: a property of the options or of the sweep class, or any other.</summary>
    public string Name { get; }

    /// <summary>The kind of its values.</summary>
    public SweepParameterKind Kind { get; }

    /// <summary>Least value of a range; 0 for others.</summary>
    public double Minimum { get; }

    /// <summary>Largest value of a range; 0 for others.</summary>
    public double Maximum { get; }

    /// <summary>Whether a range is searched on a logarithmic scale.</summary>
    public bool Log { get; }

    /// <summary>The values of a choice, or the fixed one; empty for ranges.</summary>
    public IReadOnlyList<object> Values { get; }

    /// <summary>The value in the first trial.</summary>
    public object Initial { get; }

    /// <summary>How many values a grid takes from a range, evenly on its scale, ends included; null: all whole numbers, and no grid for real ones.</summary>
    public int? Levels { get; }

    /// <summary>The parameter that decides whether this one has a part in a trial, or null: it always has.</summary>
    public string? Parent { get; internal init; }

    /// <summary>Values of <see cref="Parent"/> with which this parameter has a part; empty without one.</summary>
    public IReadOnlyList<object> ParentValues { get; internal init; } = [];

    /// <summary>What the option itself allows; null for a parameter that is no option.</summary>
    internal OptionLimits? Limits { get; init; }

    /// <summary>Real numbers from a range.</summary>
    /// <param name="name">The name.</param>
    /// <param name="minimum">Least value, finite; above 0 where the scale is logarithmic.</param>
    /// <param name="maximum">Largest value, finite, above the least.</param>
    /// <param name="log">Whether to search on a logarithmic scale. Default false.</param>
    /// <param name="initial">The value in the first trial; null: the middle of the scale.</param>
    /// <param name="levels">How many values a grid takes, at least 2; null: a grid is an error.</param>
    /// <exception cref="ArgumentException">The range is empty or not finite, or the first value lies outside.</exception>
    public static SweepParameter Double(string name, double minimum, double maximum, bool log = false, double? initial = null, int? levels = null)
    {
        CheckRange(name, minimum, maximum, log, levels);
        var middle = log ? Math.Sqrt(minimum) * Math.Sqrt(maximum) : (minimum / 2) + (maximum / 2);
        var first = initial ?? Math.Clamp(middle, minimum, maximum);
        CheckInitial(name, minimum, maximum, first);
        return new(name, SweepParameterKind.Double, minimum, maximum, log, [], first, levels);
    }

    /// <summary>Whole numbers from a range.</summary>
    /// <param name="name">The name.</param>
    /// <param name="minimum">Least value; above 0 where the scale is logarithmic.</param>
    /// <param name="maximum">Largest value, above the least.</param>
    /// <param name="log">Whether to search on a logarithmic scale. Default false.</param>
    /// <param name="initial">The value in the first trial; null: the middle of the scale.</param>
    /// <param name="levels">How many values a grid takes, at least 2; null: all.</param>
    /// <exception cref="ArgumentException">The range is empty, or the first value lies outside.</exception>
    public static SweepParameter Integer(string name, int minimum, int maximum, bool log = false, int? initial = null, int? levels = null)
    {
        CheckRange(name, minimum, maximum, log, levels);
        var middle = log ? Math.Sqrt((double)minimum * maximum) : (minimum / 2.0) + (maximum / 2.0);
        var first = initial ?? (int)Math.Clamp(Math.Round(middle), minimum, maximum);
        CheckInitial(name, minimum, maximum, first);
        return new(name, SweepParameterKind.Integer, minimum, maximum, log, [], (long)first, levels);
    }

    /// <summary>One of several values; the first trial has the first.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">At least 1 value, all different, all of one kind: texts, numbers, true and false, or values of an enumeration.</param>
    /// <exception cref="ArgumentException">There is no value, one is there twice, or they are of different kinds.</exception>
    public static SweepParameter Choice(string name, params object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return ChoiceOf(name, values, values.Length == 0 ? "" : values[0]);
    }

    /// <summary>One of several values.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">As for <see cref="Choice"/>.</param>
    /// <param name="initial">The value in the first trial, one of them.</param>
    /// <exception cref="ArgumentException">There is no value, one is there twice, they are of different kinds, or the first trial's is not among them.</exception>
    public static SweepParameter ChoiceOf(string name, IEnumerable<object> values, object initial)
    {
        ArgumentNullException.ThrowIfNull(values);
        object[] all = [.. values.Select(value => SweepValues.Normal(name, value))];
        var first = SweepValues.Normal(name, initial);
        if (all.Length == 0)
            throw new ArgumentException(Invariant($"Parameter '{name}' must have at least 1 value to choose from. Got none."), nameof(values));
        if (all.Select(value => value.GetType()).Distinct().Skip(1).Any())
            throw new ArgumentException(Invariant($"The values of parameter '{name}' must be of one kind. Got {SweepValues.List(all)}."), nameof(values));
        if (all.Distinct().Count() != all.Length)
            throw new ArgumentException(Invariant($"The values of parameter '{name}' must differ. Got {SweepValues.List(all)}."), nameof(values));
        if (!all.Contains(first))
            throw new ArgumentException(Invariant($"The first trial's value of parameter '{name}' must be one of {SweepValues.List(all)}. Got {SweepValues.Text(first)}."), nameof(initial));
        return new(name, SweepParameterKind.Choice, 0, 0, false, all, first, null);
    }

    /// <summary>True or false.</summary>
    /// <param name="name">The name.</param>
    /// <param name="initial">The value in the first trial. Default false.</param>
    public static SweepParameter Boolean(string name, bool initial = false) => ChoiceOf(name, [false, true], initial);

    /// <summary>The same value in every trial.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    public static SweepParameter Fixed(string name, object value)
    {
        var normal = SweepValues.Normal(name, value);
        return new(name, SweepParameterKind.Fixed, 0, 0, false, [normal], normal, null);
    }

    /// <summary>One line: kind, values, scale, first value, condition.</summary>
    public override string ToString()
    {
        var text = Kind switch
        {
            SweepParameterKind.Fixed => Invariant($"fixed at {SweepValues.Text(Initial)}"),
            SweepParameterKind.Choice => Invariant($"one of {SweepValues.List(Values)}, first {SweepValues.Text(Initial)}"),
            _ => Invariant($"{(Kind == SweepParameterKind.Integer ? "whole numbers" : "numbers")} from {Minimum} to {Maximum}{(Log ? ", logarithmic" : "")}{(Levels is { } levels ? Invariant($", {levels} levels") : "")}, first {SweepValues.Text(Initial)}"),
        };
        return Parent is null ? text : Invariant($"{text}, where {Parent} is {SweepValues.List(ParentValues)}");
    }

    /// <summary>Two parameters are equal when they say the same.</summary>
    public bool Equals(SweepParameter? other) => other is not null && Name == other.Name && Kind == other.Kind && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Kind, Minimum, Maximum);

    /// <summary>Whether a value may be this parameter's.</summary>
    internal bool Allows(object value) => Kind switch
    {
        SweepParameterKind.Double => value is double number && number >= Minimum && number <= Maximum,
        SweepParameterKind.Integer => value is long whole && whole >= Minimum && whole <= Maximum,
        _ => Values.Contains(value),
    };

    /// <summary>A value as this parameter has it: whole numbers where it has whole numbers.</summary>
    internal object Convert(object value)
    {
        var normal = SweepValues.Normal(Name, value);
        return (Kind, normal) switch
        {
            (SweepParameterKind.Double, long whole) => (double)whole,
            (SweepParameterKind.Integer, double number) when number == Math.Round(number) && Math.Abs(number) < 1e15 => (long)number,
            (SweepParameterKind.Choice or SweepParameterKind.Fixed, long whole) when Values[0] is double => (double)whole,
            (SweepParameterKind.Choice or SweepParameterKind.Fixed, double number) when Values[0] is long && number == Math.Round(number) => (long)number,
            _ => normal,
        };
    }

    private static void CheckRange(string name, double minimum, double maximum, bool log, int? levels)
    {
        // Written so that NaN is refused.
        if (!(double.IsFinite(minimum) && double.IsFinite(maximum) && minimum < maximum))
            throw new ArgumentException(Invariant($"The range of parameter '{name}' must be finite, its least value below its largest. Got {minimum} to {maximum}. Use Fixed for a single value."), nameof(maximum));
        if (log && minimum <= 0)
            throw new ArgumentException(Invariant($"The range of parameter '{name}' must be above 0 on a logarithmic scale. Got {minimum} to {maximum}. Raise the least value, or search on a linear scale."), nameof(minimum));
        if (levels < 2)
            throw new ArgumentException(Invariant($"The levels of parameter '{name}' must be at least 2. Got {levels}."), nameof(levels));
    }

    private static void CheckInitial(string name, double minimum, double maximum, double initial)
    {
        if (!(initial >= minimum && initial <= maximum))
            throw new ArgumentException(Invariant($"The first trial's value of parameter '{name}' must be in its range, {minimum} to {maximum}. Got {initial}."), nameof(initial));
    }
}

/// <summary>Values of parameters.</summary>
internal static class SweepValues
{
    /// <summary>A value as one of the four types.</summary>
    public static object Normal(string name, object value) => value switch
    {
        bool or string => value,
        Enum member => member.ToString(),
        double or float or decimal => Finite(name, System.Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        sbyte or byte or short or ushort or int or uint or long => System.Convert.ToInt64(value, CultureInfo.InvariantCulture),
        null => throw new ArgumentNullException(nameof(value), Invariant($"A value of parameter '{name}' must be a text, a number, true or false, or of an enumeration. Got null.")),
        _ => throw new ArgumentException(Invariant($"A value of parameter '{name}' must be a text, a number, true or false, or of an enumeration. Got {value.GetType().Name}."), nameof(value)),
    };

    /// <summary>A value as a reader sees it, in the invariant culture.</summary>
    public static string Text(object value) => value switch
    {
        string text => Invariant($"'{text}'"),
        bool truth => truth ? "true" : "false",
        _ => Invariant($"{value}"),
    };

    public static string List(IEnumerable<object> values) => string.Join(", ", values.Select(Text));

    private static object Finite(string name, double value) => double.IsFinite(value)
        ? value
        : throw new ArgumentException(Invariant($"A value of parameter '{name}' must be finite. Got {value}."), nameof(value));
}

/// <summary>What an option allows by itself.</summary>
/// <param name="Owner">The class of the option.</param>
/// <param name="Type">The option's type, without a null.</param>
/// <param name="Minimum">Least value, or negative infinity.</param>
/// <param name="Maximum">Largest value, or infinity.</param>
/// <param name="MinimumIsExclusive">Whether the least value itself is not allowed.</param>
/// <param name="MaximumIsExclusive">Whether the largest value itself is not allowed.</param>
internal sealed record OptionLimits(string Owner, Type Type, double Minimum, double Maximum, bool MinimumIsExclusive, bool MaximumIsExclusive)
{
    /// <summary>Why a parameter cannot be of this option, or null.</summary>
    public string? Problem(SweepParameter parameter)
    {
        var numeric = Type == typeof(double) || Type == typeof(float) || Type == typeof(int) || Type == typeof(long);
        var whole = Type == typeof(int) || Type == typeof(long);
        if (parameter.Kind == SweepParameterKind.Double && (!numeric || whole))
            return Invariant($"must be {TypeText}. Got {parameter}.");
        if (parameter.Kind == SweepParameterKind.Integer && !numeric)
            return Invariant($"must be {TypeText}. Got {parameter}.");
        IEnumerable<object> values = parameter.Kind is SweepParameterKind.Double or SweepParameterKind.Integer ? [parameter.Minimum, parameter.Maximum] : parameter.Values;
        foreach (var value in values)
        {
            var fits = value switch
            {
                bool => Type == typeof(bool),
                string text => Type.IsEnum ? Enum.TryParse(Type, text, out var member) && Enum.IsDefined(Type, member!) : Type == typeof(string),
                double number => numeric && (!whole || number == Math.Round(number)),
                _ => numeric,
            };
            if (!fits)
                return Invariant($"must be {TypeText}. Got {SweepValues.Text(value)}.");
            if (numeric && !Contains(System.Convert.ToDouble(value, CultureInfo.InvariantCulture)))
                return Invariant($"must stay within the option's own range, {(MinimumIsExclusive ? "above" : "at least")} {Minimum} and {(MaximumIsExclusive ? "below" : "at most")} {Maximum}. Got {parameter}.");
        }

        return null;
    }

    private string TypeText => Type == typeof(bool) ? "true or false"
        : Type.IsEnum ? Invariant($"of {string.Join(", ", Enum.GetNames(Type))}")
        : Type == typeof(string) ? "a text"
        : Type == typeof(int) || Type == typeof(long) ? "a whole number" : "a number";

    private bool Contains(double value) => (MinimumIsExclusive ? value > Minimum : value >= Minimum) && (MaximumIsExclusive ? value < Maximum : value <= Maximum);
}
