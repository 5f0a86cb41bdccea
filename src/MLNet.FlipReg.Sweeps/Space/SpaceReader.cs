using System.Globalization;
using System.Reflection;
using static System.FormattableString;
using OptionRange = System.ComponentModel.DataAnnotations.RangeAttribute;
using SweepRange = Microsoft.ML.SearchSpace.RangeAttribute;

namespace FlipReg.Sweeps;

/// <summary>Reads a space from the attributes on a class.</summary>
internal static class SpaceReader
{
    /// <param name="type">The class.</param>
    /// <param name="defaults">One with its defaults.</param>
    public static IEnumerable<SweepParameter> Read(Type type, object defaults)
    {
        // Those of the base class first, each in the order of the source.
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .OrderBy(property => Depth(property.DeclaringType!)).ThenBy(property => property.MetadataToken);
        var parameters = properties.Select(property => Read(property, defaults)).OfType<SweepParameter>().ToList();
        if (parameters.Count == 0)
            throw new ArgumentException(Invariant($"{type.Name} must declare something to sweep, by [Range], [Choice] or [BooleanChoice] of Microsoft.ML.SearchSpace on a public property. It declares nothing."));
        return parameters;
    }

    /// <summary>Sets the properties of a class that bear the names of a point's values.</summary>
    public static void Write(SweepPoint point, object target)
    {
        foreach (var (name, value) in point)
        {
            if (target.GetType().GetProperty(name, BindingFlags.Public | BindingFlags.Instance) is { CanWrite: true } property)
                property.SetValue(target, As(value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, name));
        }
    }

    public static object As(object value, Type type, string name)
    {
        try
        {
            return type.IsEnum ? Enum.Parse(type, (string)value) : System.Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException or ArgumentException)
        {
            throw new ArgumentException(Invariant($"Parameter '{name}' must be of type {type.Name}. Got {SweepValues.Text(value)}."), nameof(name), e);
        }
    }

    private static SweepParameter? Read(PropertyInfo property, object defaults)
    {
        var name = property.Name;
        var given = property.GetValue(defaults);
        SweepParameter? parameter = null;
        if (property.GetCustomAttribute<SweepRange>() is { } range)
        {
            var initial = given ?? range.Init;
            parameter = range.Min is int
                ? SweepParameter.Integer(name, (int)range.Min, (int)range.Max, range.LogBase, initial is null ? null : System.Convert.ToInt32(initial, CultureInfo.InvariantCulture))
                : SweepParameter.Double(name, Number(range.Min), Number(range.Max), range.LogBase, initial is null ? null : Number(initial));
        }
        else if (property.GetCustomAttribute<Microsoft.ML.SearchSpace.ChoiceAttribute>() is { } choice)
        {
            parameter = SweepParameter.ChoiceOf(name, choice.Candidates, given ?? choice.DefaultValue ?? choice.Candidates[0]);
        }
        else if (property.GetCustomAttribute<Microsoft.ML.SearchSpace.BooleanChoiceAttribute>() is { } truth)
        {
            parameter = SweepParameter.Boolean(name, given as bool? ?? truth.DefaultValue);
        }

        if (parameter is null)
            return null;
        var own = property.GetCustomAttribute<OptionRange>();
        var limits = new OptionLimits(property.DeclaringType!.Name, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
            own is null ? double.NegativeInfinity : Number(own.Minimum), own is null ? double.PositiveInfinity : Number(own.Maximum), own?.MinimumIsExclusive == true, own?.MaximumIsExclusive == true);
        if (limits.Problem(parameter) is { } problem)
            throw new ArgumentException(Invariant($"Parameter '{name}' of {limits.Owner} {problem}"));
        var when = property.GetCustomAttribute<SweepWhenAttribute>();
        return parameter with { Limits = limits, Parent = when?.Parent, ParentValues = when is null ? [] : [.. when.Values.Select(value => SweepValues.Normal(name, value))] };
    }

    private static double Number(object value) => System.Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && value is float single
        // 0.1f is meant as 0.1.
        ? double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : number;

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;
}

/// <summary>On a property of a sweep class: it has a part only where another property has one of certain values.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SweepWhenAttribute : Attribute
{
    /// <param name="parent">The property that decides.</param>
    /// <param name="values">Its values with which this one has a part.</param>
    public SweepWhenAttribute(string parent, params object[] values) => (Parent, Values) = (parent, values);

    /// <summary>The property that decides.</summary>
    public string Parent { get; }

    /// <summary>Its values with which this one has a part.</summary>
    public IReadOnlyList<object> Values { get; }
}
