using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>
/// What a sweep varies: named parameters with ranges, choices or fixed values, some of which have a part only where another has certain values.
/// It is not changed by its methods; they return another one.
/// </summary>
public sealed class SweepSpace
{
    private readonly Dictionary<string, SweepParameter> _byName;

    private SweepSpace(IEnumerable<SweepParameter> parameters)
    {
        Parameters = ParentsFirst([.. parameters]);
        _byName = Parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
    }

    /// <summary>A space without parameters, to add some.</summary>
    public static SweepSpace Empty { get; } = new([]);

    /// <summary>The parameters; one that decides about another comes before it.</summary>
    public IReadOnlyList<SweepParameter> Parameters { get; }

    /// <summary>The first trial's values: for a space of options their defaults.</summary>
    public SweepPoint Initial => Complete(parameter => parameter.Initial);

    /// <summary>
    /// The parameters that the attributes Range, Choice and BooleanChoice of Microsoft.ML.SearchSpace declare on the properties of a class: the options of
    /// a trainer, or one of the sweep classes such as <see cref="FerSweep"/>. The first trial has the defaults of the class.
    /// </summary>
    /// <typeparam name="T">The class. <see cref="SweepPoint.To"/> makes one from a trial's values.</typeparam>
    /// <exception cref="ArgumentException">The class declares nothing to sweep, or a range that the option itself does not allow.</exception>
    public static SweepSpace Of<T>()
        where T : class, new() => new(SpaceReader.Read(typeof(T), new T()));

    /// <summary>Adds a parameter of another name: of featurization, augmentation, whatever the estimator is made of.</summary>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public SweepSpace Add(SweepParameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (_byName.ContainsKey(parameter.Name))
            throw new ArgumentException(Invariant($"The space has a parameter '{parameter.Name}' already: {_byName[parameter.Name]}. Use Override to change it."), nameof(parameter));
        return new([.. Parameters, parameter]);
    }

    /// <summary>Gives a parameter other values. When it has a part stays as it was.</summary>
    /// <exception cref="ArgumentException">There is no parameter of that name, the option does not allow such values, or another parameter depends on a value that is gone.</exception>
    public SweepSpace Override(SweepParameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        var old = this[parameter.Name];
        if (old.Limits?.Problem(parameter) is { } problem)
            throw new ArgumentException(Invariant($"Parameter '{parameter.Name}' of {old.Limits.Owner} {problem}"), nameof(parameter));
        var changed = parameter with { Limits = old.Limits, Parent = old.Parent, ParentValues = old.ParentValues };
        var next = new SweepSpace(Parameters.Select(p => p.Name == parameter.Name ? changed : p));
        foreach (var child in next.Parameters.Where(p => p.Parent == parameter.Name))
            next.CheckCondition(child.Name, parameter.Name, changed.Kind == SweepParameterKind.Fixed ? [] : child.ParentValues);
        return next;
    }

    /// <summary>Gives a parameter one value in every trial.</summary>
    /// <exception cref="ArgumentException">There is no parameter of that name, or the option does not allow the value.</exception>
    public SweepSpace Fix(string name, object value) => Override(SweepParameter.Fixed(name, this[name].Convert(value)));

    /// <summary>Lets a parameter have a part only where another one has certain values.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="parent">The one that decides: a choice, a fixed value or a range of whole numbers.</param>
    /// <param name="values">Its values with which the parameter has a part; at least one.</param>
    /// <exception cref="ArgumentException">There is no such parameter, the deciding one never has such a value, or the two depend on one another.</exception>
    public SweepSpace When(string name, string parent, params object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var (child, decider) = (this[name], this[parent]);
        if (values.Length == 0)
            throw new ArgumentException(Invariant($"Parameter '{name}' must depend on at least 1 value of '{parent}'. Got none."), nameof(values));
        object[] normal = [.. values.Select(decider.Convert)];
        CheckCondition(name, parent, normal);
        return new(Parameters.Select(p => p.Name == name ? child with { Parent = parent, ParentValues = normal } : p));
    }

    /// <summary>A parameter by its name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public SweepParameter this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            return _byName.GetValueOrDefault(name)
                ?? throw new ArgumentException(Invariant($"The space must have a parameter '{name}'. It has {(Parameters.Count == 0 ? "none" : string.Join(", ", Parameters.Select(p => p.Name)))}."), nameof(name));
        }
    }

    /// <summary>One line a parameter.</summary>
    public override string ToString() => string.Join("\n", Parameters.Select(parameter => Invariant($"{parameter.Name}: {parameter}")));

    /// <summary>The parameters with a choice in them.</summary>
    internal IEnumerable<SweepParameter> Varying => Parameters.Where(p => p.Kind is SweepParameterKind.Double or SweepParameterKind.Integer || p.Values.Count > 1);

    internal static SweepSpace OfParameters(IEnumerable<SweepParameter> parameters) => new(parameters);

    /// <summary>A point whose values are asked for one by one, parents first, and only those that have a part.</summary>
    internal SweepPoint Complete(Func<SweepParameter, object> value)
    {
        var values = new Dictionary<string, object>(Parameters.Count, StringComparer.Ordinal);
        foreach (var parameter in Parameters)
        {
            if (IsActive(parameter, values))
                values[parameter.Name] = parameter.Kind == SweepParameterKind.Fixed ? parameter.Initial : value(parameter);
        }

        return new(values);
    }

    /// <summary>Whether a parameter has a part beside the given values.</summary>
    internal static bool IsActive(SweepParameter parameter, IReadOnlyDictionary<string, object> values) =>
        parameter.Parent is null || (values.TryGetValue(parameter.Parent, out var decided) && parameter.ParentValues.Contains(decided));

    private void CheckCondition(string name, string parent, IReadOnlyList<object> values)
    {
        var decider = this[parent];
        if (decider.Kind == SweepParameterKind.Double)
            throw new ArgumentException(Invariant($"Parameter '{name}' must depend on a choice, a fixed value or whole numbers. '{parent}' is {decider}."), nameof(parent));
        foreach (var value in values)
        {
            if (!decider.Allows(value))
                throw new ArgumentException(Invariant($"Parameter '{name}' must depend on values that '{parent}' has. It is {decider}, and never {SweepValues.Text(value)}."), nameof(values));
        }
    }

    private static List<SweepParameter> ParentsFirst(List<SweepParameter> parameters)
    {
        var (sorted, left) = (new List<SweepParameter>(parameters.Count), parameters);
        while (left.Count > 0)
        {
            var ready = left.Where(p => p.Parent is null || sorted.Any(s => s.Name == p.Parent)).ToList();
            if (ready.Count == 0)
                throw new ArgumentException(Invariant($"Parameters must not depend on one another in a circle, nor on absent ones. Got {string.Join(", ", left.Select(p => Invariant($"'{p.Name}' on '{p.Parent}'")))}."), nameof(parameters));
            sorted.AddRange(ready);
            left = [.. left.Except(ready)];
        }

        return sorted;
    }
}
