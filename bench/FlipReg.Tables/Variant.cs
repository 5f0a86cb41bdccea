using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FlipReg.Tables;

/// <summary>Options of our trainers that differ from the defaults, for experiments.</summary>
/// <param name="Name">What the variant is called in results; empty for the defaults.</param>
/// <param name="Options">Values by the names of the options. "Network" holds arguments of <see cref="NetworkSpec.Mlp"/> by name.</param>
internal sealed record Variant(string Name, JsonObject Options)
{
    private static readonly JsonSerializerOptions _json = new() { Converters = { new JsonStringEnumConverter() }, PropertyNameCaseInsensitive = true };

    public static Variant Default { get; } = new("", []);

    /// <summary>Reads NAME={"Option":value,...}.</summary>
    /// <exception cref="ArgumentException">The text is not of that form.</exception>
    public static Variant Parse(string text)
    {
        var parts = text.Split('=', 2);
        try
        {
            if (parts.Length == 2 && JsonNode.Parse(parts[1]) is JsonObject options)
                return new(parts[0], options);
        }
        catch (JsonException)
        {
        }

        throw new ArgumentException($"--variant must be NAME={{\"Option\":value,...}}. Got '{text}'.");
    }

    /// <summary>Sets the options.</summary>
    /// <exception cref="ArgumentException">There is no such option, or its value is of another type.</exception>
    public void Apply(TrainingOptions options)
    {
        foreach (var (name, value) in Options)
        {
            var property = options.GetType().GetProperty(name) ?? throw new ArgumentException($"{options.GetType().Name} must have the options of variant '{Name}'. Got '{name}'.");
            property.SetValue(options, value is JsonObject arguments && property.PropertyType == typeof(NetworkSpec) ? Network(arguments) : Read(value, property.PropertyType, name));
        }
    }

    private object? Network(JsonObject arguments)
    {
        var method = typeof(NetworkSpec).GetMethod(nameof(NetworkSpec.Mlp))!;
        var parameters = method.GetParameters();
        if (arguments.FirstOrDefault(a => parameters.All(p => p.Name != a.Key)).Key is { } unknown)
            throw new ArgumentException($"Network of variant '{Name}' must name parameters of NetworkSpec.Mlp: {string.Join(", ", parameters.Select(p => p.Name))}. Got '{unknown}'.");
        return method.Invoke(null, BindingFlags.DoNotWrapExceptions, null,
            [.. parameters.Select(p => arguments.TryGetPropertyValue(p.Name!, out var value) ? Read(value, p.ParameterType, p.Name!) : p.DefaultValue)], null);
    }

    private object? Read(JsonNode? value, Type type, string name)
    {
        try
        {
            return value.Deserialize(type, _json);
        }
        catch (JsonException)
        {
            throw new ArgumentException($"{name} of variant '{Name}' must be of type {type.Name}. Got {value?.ToJsonString() ?? "null"}.");
        }
    }
}
