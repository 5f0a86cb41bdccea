using FlipReg;
using FlipReg.Onnx;
using FlipReg.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using MLNet.FlipReg.Calibration;
using MLNet.FlipReg.Interop;
using MLNet.FlipReg.Scoring;

[assembly: LoadableClass(typeof(TemperatureCalibratorTransformer), null, typeof(SignatureLoadModel), "FlipReg temperature", TemperatureCalibratorTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(IDataTransform), typeof(TemperatureCalibratorTransformer), null, typeof(SignatureLoadDataTransform), "FlipReg temperature", TemperatureCalibratorTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(IRowMapper), typeof(TemperatureCalibratorTransformer), null, typeof(SignatureLoadRowMapper), "FlipReg temperature", TemperatureCalibratorTransformer.LoaderSignature)]

namespace FlipReg;

public sealed partial class TemperatureCalibratorTransformer
{
    internal const string LoaderSignature = "FlipRegTemperature";

    private static readonly VersionInfo _version = ModelParts.Version("FLIPREGT", LoaderSignature);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(_version);
        ctx.SaveNonEmptyString(ScoreColumnName);
        ctx.Writer.Write((byte)_kind);
        ctx.Writer.Write(Temperature);
    }

    /// <summary>Called by ML.NET to load a saved model.</summary>
    internal static TemperatureCalibratorTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel(_version);
        var score = ctx.LoadNonEmptyString();
        var kind = (TemperatureKind)ctx.Reader.ReadByte();
        var temperature = ctx.Reader.ReadDouble();
        if (!Enum.IsDefined(kind) || !(temperature is >= TemperatureScaling.Minimum and <= TemperatureScaling.Maximum))
            throw env.Process(new FormatException(FormattableString.Invariant($"A saved temperature must be from {TemperatureScaling.Minimum} to {TemperatureScaling.Maximum} and of a known kind. Got {temperature}, kind {(byte)kind}. The file is altered: copy or download it again.")));
        return new TemperatureCalibratorTransformer(env, score, temperature, kind);
    }

    /// <summary>Called by ML.NET to load a saved view, where it puts one on other data.</summary>
    internal static IDataTransform Create(IHostEnvironment env, ModelLoadContext ctx, IDataView input) => Create(env, ctx).View(input);

    /// <summary>Called by ML.NET to load a view's mapper.</summary>
    internal static IRowMapper Create(IHostEnvironment env, ModelLoadContext ctx, DataViewSchema schema) => new RowMapper(Create(env, ctx), schema);

    private RowToRowMapperTransform View(IDataView input) => new(_environment, input, new RowMapper(this, input.Schema), schema => new RowMapper(this, schema));

    private RowToRowMapperTransform Mapper(DataViewSchema schema) => View(new EmptyDataView(_environment, schema));

    private sealed class RowMapper : IRowMapper, ISaveAsOnnx
    {
        private readonly TemperatureCalibratorTransformer _owner;
        private readonly DataViewSchema.Column _score;

        public RowMapper(TemperatureCalibratorTransformer owner, DataViewSchema schema)
        {
            _owner = owner;
            _score = owner._kind == TemperatureKind.Binary ? ScoredColumns.Single(schema, owner.ScoreColumnName, "score") : ScoredColumns.Find(schema, owner.ScoreColumnName, "score");
            if (owner._kind != TemperatureKind.Binary && !(_score.Type is VectorDataViewType { IsKnownSize: true } type && type.ItemType.Equals(NumberDataViewType.Single)))
                throw global::MLNet.FlipReg.Training.ColumnRules.Bad($"Column '{owner.ScoreColumnName}' must be a vector of Single of known size. Got {_score.Type}. Pass data that a multiclass model scored.", nameof(schema));
        }

        public DataViewSchema.DetachedColumn[] GetOutputColumns()
        {
            if (_owner._kind != TemperatureKind.Binary)
                return [new(_owner.ScoreColumnName, _score.Type, _score.Annotations)];
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add(_score.Annotations, name => name is not "ScoreValueKind");
            annotations.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true);
            annotations.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, BinaryScores.ProbabilityColumn.AsMemory());
            return [new(BinaryScores.ProbabilityColumn, NumberDataViewType.Single, annotations.ToAnnotations())];
        }

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput) => activeOutput(0) ? column => column == _score.Index : _ => false;

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            if (!activeOutput(0))
                return [null!];
            return _owner._kind == TemperatureKind.Binary ? [Binary(input.GetGetter<float>(_score))] : [Multiclass(input.GetGetter<VBuffer<float>>(_score))];
        }

        public ITransformer GetTransformer() => _owner;

        void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_owner).Save(ctx);

        bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

        void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
        {
            var graph = new ContextGraph(ctx);
            var score = ctx.GetVariableName(_owner.ScoreColumnName);
            if (_owner._kind == TemperatureKind.Probabilities)
                score = graph.Node("Log", "log_score", [score]);
            var scaled = graph.Node("Div", "scaled_score", [score, graph.Constant(new OnnxTensor("temperature", [1], [(float)_owner.Temperature]))]);
            var binary = _owner._kind == TemperatureKind.Binary;
            var value = binary ? graph.Node("Sigmoid", "probability", [scaled]) : graph.Node("Softmax", "score", [scaled], new OnnxAttribute("axis", 1));
            graph.AddNode("Identity", ctx.AddIntermediateVariable(_score.Type, binary ? BinaryScores.ProbabilityColumn : _owner.ScoreColumnName), [value]);
        }

        private ValueGetter<float> Binary(ValueGetter<float> read) => (ref float value) =>
        {
            read(ref value);
            value = BinaryScores.Probability((float)(value / _owner.Temperature));
        };

        private ValueGetter<VBuffer<float>> Multiclass(ValueGetter<VBuffer<float>> read)
        {
            VBuffer<float> buffer = default;
            return (ref VBuffer<float> value) =>
            {
                read(ref buffer);
                var editor = VBufferEditor.Create(ref value, buffer.Length);
                buffer.CopyTo(editor.Values);
                if (_owner._kind == TemperatureKind.Logits)
                    TemperatureMath.ScaleLogits(editor.Values, _owner.Temperature);
                else
                    TemperatureMath.ScaleProbabilities(editor.Values, _owner.Temperature);
                value = editor.Commit();
            };
        }
    }
}
