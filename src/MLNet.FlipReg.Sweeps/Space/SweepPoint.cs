using System.Collections;
using System.Diagnostics.CodeAnalysis;
using static System.FormattableString;

namespace FlipReg.Sweeps;

/// <summary>The values of a trial's parameters, by name: those that have a part in it.</summary>
public sealed class SweepPoint : IReadOnlyDictionary<string, object>
{
    private readonly IReadOnlyDictionary<string, object> _values;

    internal SweepPoint(IReadOnlyDictionary<string, object> values) => _values = values;

    /// <summary>Number of values.</summary>
    public int Count => _values.Count;

    /// <summary>The names.</summary>
    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>The values: Double, Int64, Boolean or String.</summary>
    public IEnumerable<object> Values => _values.Values;

    /// <summary>A value by its name.</summary>
    /// <exception cref="KeyNotFoundException">The trial has no such parameter.</exception>
    public object this[string key] => _values.TryGetValue(key, out var value)
        ? value
        : throw new KeyNotFoundException(Invariant($"The trial has no parameter '{key}'. It has {string.Join(", ", _values.Keys)}. One that depends on another has a part only where that has certain values: ask ContainsKey."));

    /// <summary>A value as a number.</summary>
    /// <exception cref="KeyNotFoundException">The trial has no such parameter.</exception>
    /// <exception cref="ArgumentException">It is not a number.</exception>
    public double GetDouble(string name) => (double)SpaceReader.As(this[name], typeof(double), name);

    /// <summary>A value as a whole number.</summary>
    /// <inheritdoc cref="GetDouble" path="/exception"/>
    public int GetInt32(string name) => (int)SpaceReader.As(this[name], typeof(int), name);

    /// <summary>A value that is true or false.</summary>
    /// <inheritdoc cref="GetDouble" path="/exception"/>
    public bool GetBoolean(string name) => (bool)SpaceReader.As(this[name], typeof(bool), name);

    /// <summary>A value as a text.</summary>
    /// <inheritdoc cref="GetDouble" path="/exception"/>
    public string GetString(string name) => (string)SpaceReader.As(this[name], typeof(string), name);

    /// <summary>
    /// An object of a class with the trial's values in the properties that bear their names, such as one of the sweep classes, which
    /// <see cref="SweepSpace.Of"/> made the space of. Properties without a value keep their defaults.
    /// </summary>
    /// <typeparam name="T">The class.</typeparam>
    /// <exception cref="ArgumentException">A value is not of its property's type.</exception>
    public T To<T>()
        where T : class, new()
    {
        var target = new T();
        SpaceReader.Write(this, target);
        return target;
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object value) => _values.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Names and values, with commas between them.</summary>
    public override string ToString() => string.Join(", ", _values.Select(pair => Invariant($"{pair.Key} {SweepValues.Text(pair.Value)}")));
}
