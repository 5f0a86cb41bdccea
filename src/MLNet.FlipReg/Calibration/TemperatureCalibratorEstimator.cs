using FlipReg.Runtime;
using FlipReg.Training;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Calibration;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Training;
using TorchSharp;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// Finds the temperature of a model's scores. Made by <c>MulticlassClassification.TemperatureCalibrator</c> and <c>BinaryClassification.Calibrators.Temperature</c>.
/// </summary>
public sealed class TemperatureCalibratorEstimator : IEstimator<TemperatureCalibratorTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly string _label;
    private readonly string _score;
    private readonly TemperatureKind _kind;

    internal TemperatureCalibratorEstimator(IHostEnvironment environment, string label, string score, TemperatureKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        ArgumentException.ThrowIfNullOrEmpty(score);
        (_environment, _label, _score, _kind) = (environment, label, score, kind);
    }

    /// <summary>Finds the temperature.</summary>
    /// <param name="input">Scored rows that the model was not trained on. Those without a label, or whose scores are not numbers, are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">The scores are not probabilities, or no row is left.</exception>
    /// <exception cref="DllNotFoundException">libtorch is absent or cannot be loaded.</exception>
    public TemperatureCalibratorTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (labels, logits, classes) = _kind == TemperatureKind.Binary ? ReadBinary(input) : ReadMulticlass(input);
        NativeLibraries.Require();
        var host = _environment.Register("FlipReg temperature");
        using var channel = host.Start("Fitting");
        var (temperature, before, after) = ComputeThreads.Run(1, () =>
        {
            using var scope = torch.NewDisposeScope();
            using var noGrad = torch.no_grad();
            return TemperatureScaling.Of(torch.tensor(logits).view(-1, classes), torch.tensor(labels));
        });
        channel.Info(MessageSensitivity.None, Invariant($"Temperature {temperature:G4}: log-loss {after:F4}, {before:F4} without it, on {labels.Length} rows."));
        return new TemperatureCalibratorTransformer(_environment, _score, temperature, _kind);
    }

    /// <summary>The columns afterwards: those of before, with Probability for a binary model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The score column is missing.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => TrainerContract.CalibratedSchema(inputSchema, _score, _kind);

    private (long[] Labels, float[] Logits, int Classes) ReadMulticlass(IDataView input)
    {
        var rows = new ScoredRows(input, _label, _score, null);
        var (labels, logits) = (new List<long>(), new List<float>());
        rows.Read((label, scores, _) =>
        {
            labels.Add(label);
            foreach (var score in scores)
                logits.Add(_kind == TemperatureKind.Logits ? score : TemperatureMath.Logit(score));
        }, probabilities: _kind == TemperatureKind.Probabilities);
        return ([.. labels], [.. logits], rows.Classes);
    }

    private (long[] Labels, float[] Logits, int Classes) ReadBinary(IDataView input)
    {
        var (label, score) = (ScoredColumns.BooleanLabel(input.Schema, _label), ScoredColumns.Single(input.Schema, _score, "score"));
        var (labels, logits) = (new List<long>(), new List<float>());
        using var cursor = input.GetRowCursor([label, score]);
        var (readLabel, readScore) = (KeyReader.Of(cursor, label), cursor.GetGetter<float>(score));
        for (float value = 0; cursor.MoveNext();)
        {
            readScore(ref value);
            if (!float.IsFinite(value))
                continue;
            labels.Add((long)readLabel() - 1);
            logits.Add(0);
            logits.Add(value);
        }

        return labels.Count > 0
            ? ([.. labels], [.. logits], 2)
            : throw new InvalidOperationException($"The data must hold a row with a number in column '{_score}'. Got none. Check the model.");
    }
}

/// <summary>What scores are divided by a temperature.</summary>
internal enum TemperatureKind
{
    /// <summary>Probabilities of all classes, by their logarithms.</summary>
    Probabilities,

    /// <summary>Logits of all classes.</summary>
    Logits,

    /// <summary>The logit of true minus that of false.</summary>
    Binary,
}
