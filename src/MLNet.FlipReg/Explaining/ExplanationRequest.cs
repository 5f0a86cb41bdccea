using System.Globalization;
using FlipReg;
using FlipReg.Explaining;
using FlipReg.Training;
using static System.FormattableString;

namespace MLNet.FlipReg.Explaining;

/// <summary>Checked options of an explanation, for one model.</summary>
internal sealed class ExplanationRequest
{
    /// <summary>Class names that a message lists.</summary>
    private const int ListedClasses = 20;

    private readonly FlipRegModelParameters _model;
    private readonly double _tolerance;
    private readonly float[]? _baseline;
    private readonly int? _class;

    /// <exception cref="ArgumentOutOfRangeException">An option breaks its rule.</exception>
    public ExplanationRequest(FlipRegModelParameters model, ExplainOptions options)
    {
        _model = model;
        if (OptionRules.ErrorsOf(options).FirstOrDefault() is { } error)
            throw new ArgumentOutOfRangeException(error.Name, error.ToString());
        _tolerance = options.Tolerance;
        _baseline = Baseline(options.Baseline);
        _class = options.Class is { } name ? ClassNamed(name) : null;
    }

    /// <summary>What the baseline is, in words.</summary>
    public string BaselineText => _baseline is not null ? "the given row" : _model.Encoder.IsIdentity ? "zeros" : "the centre of the training data";

    /// <summary>What explains rows so.</summary>
    public Explainer Explainer()
    {
        var encoder = _model.Encoder;
        var baseline = encoder.CenterRow();
        if (_baseline is not null)
            encoder.Encode(_baseline, baseline);
        return new Explainer(encoder.SlotsOfColumns(), encoder.RawWidth, baseline, _class, _tolerance);
    }

    private float[]? Baseline(IReadOnlyList<float>? given)
    {
        if (given is null)
            return null;
        if (given.Count != _model.FeatureCount)
            throw Bad(nameof(ExplainOptions.Baseline), Invariant($"must hold one value for each of the {_model.FeatureCount} slots of {_model.Features}"), Invariant($"{given.Count}"), "Give a row as the model gets it: after the transforms of training.");
        for (var slot = 0; slot < given.Count; slot++)
        {
            if (float.IsInfinity(given[slot]) || (float.IsNaN(given[slot]) && _model.Encoder.Missing == MissingValues.Error))
                throw Bad(nameof(ExplainOptions.Baseline), "must hold finite numbers", Invariant($"{given[slot]} in slot {slot}"), "Give a value that stands for none, such as the slot's mean.");
        }

        return [.. given];
    }

    private int ClassNamed(string name)
    {
        var names = _model.ClassNames ?? [.. Enumerable.Range(1, _model.ClassCount).Select(key => key.ToString(CultureInfo.InvariantCulture))];
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }

        var listed = string.Join(", ", names.Take(ListedClasses).Select(n => $"'{n}'"));
        throw Bad(nameof(ExplainOptions.Class), $"must be one of the model's classes: {listed}{(names.Count > ListedClasses ? ", …" : "")}", $"'{name}'", "Leave it out to explain each row's predicted class.");
    }

    private static ArgumentOutOfRangeException Bad(string name, string rule, string value, string remedy) => new(name, new OptionError(name, rule, value, remedy).ToString());
}
