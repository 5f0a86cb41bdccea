using FlipReg.Encoders;
using FlipReg.Explaining;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Scoring;
using TorchSharp;

namespace MLNet.FlipReg.Explaining;

/// <summary>Explains rows batch by batch.</summary>
internal sealed class ExplanationCursor : ReadAheadCursor
{
    private readonly ExplanationSchema _schema;
    private readonly ExplanationBatch _batch;

    public ExplanationCursor(ExplanationSchema schema, NetworkOwner network, torch.Device device, Explainer explainer, DataViewRowCursor source, bool[] active)
        : this(schema, new ExplanationBatch(network, schema.Encoder, device, explainer, CapacityFor(schema, active, schema.Width + (3L * schema.Encoder.Width))), source, active)
    {
    }

    private ExplanationCursor(ExplanationSchema schema, ExplanationBatch batch, DataViewRowCursor source, bool[] active)
        : base(schema, batch, source, active) => (_schema, _batch) = (schema, batch);

    protected override Delegate AddedGetter(int index) => index == _schema.ClassIndex ? (ValueGetter<uint>)((ref uint value) => value = _batch.ClassKey(Current()))
        : index == _schema.DifferenceIndex ? (ValueGetter<float>)((ref float value) => value = _batch.Difference(Current()))
        : index == _schema.ContributionsIndex ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => _batch.Contributions(Current(), ref value))
        : (ValueGetter<float>)((ref float value) => value = _batch.Error(Current()));
}

/// <summary>Features of some rows and, once asked for, what explains their scores.</summary>
internal sealed class ExplanationBatch(NetworkOwner network, InputEncoder encoder, torch.Device device, Explainer explainer, int capacity) : FeatureBatch(encoder, capacity)
{
    private SlotExplanations? _explanations;

    private SlotExplanations Explanations => _explanations ??= network.Use(device, n => explainer.Explain(n, Features, Rows));

    public override void Clear()
    {
        base.Clear();
        _explanations = null;
    }

    /// <summary>The class whose logit is explained, as a key; missing (0) where the logits are not numbers.</summary>
    public uint ClassKey(int row) => (uint)(Explanations.Classes[row] + 1);

    /// <summary>That class's logit less its logit at the baseline.</summary>
    public float Difference(int row) => Explanations.Differences[row];

    /// <summary>How far the contributions' sum is from the difference, relative to it.</summary>
    public float Error(int row) => Explanations.Errors[row];

    /// <summary>Copies a row's contributions.</summary>
    public void Contributions(int row, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, explainer.Slots);
        Explanations.Contributions.AsSpan(row * explainer.Slots, explainer.Slots).CopyTo(editor.Values);
        value = editor.Commit();
    }
}
