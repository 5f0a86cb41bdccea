using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class MissingValueReplacingEstimator : IEstimator<MissingValueReplacingTransformer>
{
    private readonly IHost _host;
    private readonly (string Output, string Input)[] _columns;
    private readonly ReplacementMode _mode;
    private readonly bool _bySlot;

    internal MissingValueReplacingEstimator(IHostEnvironment env, ReplacementMode mode, bool imputeBySlot, params (string Output, string Input)[] columns)
    {
        _host = env.Register(nameof(MissingValueReplacingEstimator));
        foreach (var (name, _) in columns)
            Contracts.CheckNonWhiteSpace(name, nameof(name));
        _columns = columns;
        _mode = mode;
        _bySlot = imputeBySlot;
    }

    public enum ReplacementMode : byte
    {
        DefaultValue = 0,
        Mean = 1,
        Minimum = 2,
        Maximum = 3,
        Mode = 5,
    }

    public MissingValueReplacingTransformer Fit(IDataView input) => new(_host, input, _mode, _bySlot, _columns);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => inputSchema.MapColumns(_columns, (source, _) =>
        {
            MissingValueReplacingTransformer.CheckType(source.ItemType);
            return new SchemaShape.Column(source.Name, source.Kind, source.ItemType, false,
                source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames, AnnotationUtils.Kinds.IsNormalized));
        });
}

public sealed class MissingValueReplacingTransformer : OneToOneTransformerBase
{
    private readonly Replacement[] _replacements;

    internal MissingValueReplacingTransformer(IHostEnvironment env, IDataView input, MissingValueReplacingEstimator.ReplacementMode mode,
        bool bySlot, params (string Output, string Input)[] columns)
        : base(env.Register(nameof(MissingValueReplacingTransformer)), columns)
    {
        Contracts.CheckValue(input, nameof(input));
        var sources = Array.ConvertAll(columns, pair => input.Schema.Find(pair.Input, paramName: nameof(input)));
        foreach (var source in sources)
            CheckType(source.Type);
        _replacements = mode == MissingValueReplacingEstimator.ReplacementMode.DefaultValue
            ? Array.ConvertAll(sources, source => Replacement.Zero(source.Type.ItemTypeOf()))
            : Measure(input, sources, mode, bySlot);
    }

    internal MissingValueReplacingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(MissingValueReplacingTransformer)), ctx)
        => _replacements = Array.ConvertAll(Columns, _ => Replacement.Load(ctx.Reader));

    internal static void CheckType(DataViewType type)
    {
        Contracts.CheckParam(Conversions.HasMissing(type.ItemTypeOf()), "inputSchema",
            $"Type '{type}' is not supported by NAReplaceTransform since it doesn't have an NA value");
        Contracts.CheckParam(type.ItemTypeOf() is not KeyDataViewType, "inputSchema",
            $"Type '{type}' is not supported by NAReplaceTransform since its NA value is equivalent to its default value");
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        base.SaveModel(ctx);
        foreach (var replacement in _replacements)
            replacement.Save(ctx.Writer);
    }

    private protected override MappedColumn Map(DataViewSchema.Column source, int index)
    {
        CheckType(source.Type);
        var replacement = _replacements[index];
        Contracts.CheckParam(source.Type.ItemTypeOf().Equals(replacement.ItemType), "InputSchema",
            $"Column '{source.Name}' item type '{replacement.ItemType}' does not match expected ColumnType of '{source.Type}'");
        Contracts.CheckParam(replacement.SlotCount == 0 || replacement.SlotCount == (source.Type as VectorDataViewType)?.Size, "inputSchema",
            $"Column '{source.Name}' item type '{replacement.ItemType}' must be a scalar or a vector of the same size as Columntype '{source.Type}'");
        var annotations = source.KeepAnnotations(AnnotationUtils.Kinds.SlotNames, AnnotationUtils.Kinds.IsNormalized);
        return new MappedColumn(source.Type, annotations, replacement.MakeGetter);
    }

    private Replacement[] Measure(IDataView input, DataViewSchema.Column[] sources,
        MissingValueReplacingEstimator.ReplacementMode mode, bool bySlot)
    {
        using var channel = Host.Start("Computing Statistics");
        using var cursor = input.GetRowCursor(sources.DistinctBy(s => s.Index));
        var statistics = Array.ConvertAll(sources, source =>
        {
            var slots = bySlot && source.Type is VectorDataViewType vector ? vector.Size : 0;
            if (bySlot && source.Type is VectorDataViewType && slots == 0)
                channel.Warning("By-slot imputation can not be done on variable-length column");
            return MissingValueStatistics.Create(mode, source, slots, cursor);
        });
        while (cursor.MoveNext())
        {
            foreach (var statistic in statistics)
                statistic.AddRow();
        }
        return Array.ConvertAll(statistics, statistic => statistic.Finish(channel));
    }
}

/// <summary>What stands in for the missing values of one column.</summary>
internal abstract class Replacement
{
    public abstract DataViewType ItemType { get; }

    /// <summary>0: one value for all slots.</summary>
    public abstract int SlotCount { get; }

    public static Replacement Zero(DataViewType itemType)
        => itemType is NumberDataViewType && itemType.RawType == typeof(float)
            ? new Replacement<float>([0], false) : new Replacement<double>([0], false);

    public static Replacement Load(BinaryReader reader)
    {
        var isDouble = reader.ReadBoolean();
        var bySlot = reader.ReadBoolean();
        return isDouble
            ? new Replacement<double>(ValueFile.ReadValues<double>(reader), bySlot)
            : new Replacement<float>(ValueFile.ReadValues<float>(reader), bySlot);
    }

    public abstract void Save(BinaryWriter writer);

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);
}

internal sealed class Replacement<T>(T[] values, bool bySlot) : Replacement
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override DataViewType ItemType { get; } = DataViewTypes.FromRawType(typeof(T));

    public override int SlotCount => bySlot ? values.Length : 0;

    public override void Save(BinaryWriter writer)
    {
        writer.Write(typeof(T) == typeof(double));
        writer.Write(bySlot);
        ValueFile.WriteValues<T>(writer, values);
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
    {
        if (!bySlot)
            return SlotMapping.MapItems(row, column, (T value) => T.IsNaN(value) ? values[0] : value);
        var source = row.GetGetter<VBuffer<T>>(column);
        return SlotMapping.Map(source, (T value, int slot) => T.IsNaN(value) ? values[slot] : value, skipImplicit: true);
    }
}
