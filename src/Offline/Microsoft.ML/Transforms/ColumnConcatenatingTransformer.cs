namespace Microsoft.ML.Data;

public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
{
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
        : base(env.Register(nameof(ColumnConcatenatingTransformer))) => (_output, _inputs) = (outputColumnName, inputColumnNames);

    internal ColumnConcatenatingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(ColumnConcatenatingTransformer)))
    {
        ctx.CheckAtModel(TransformFile.VersionOf(GetType()));
        _output = ctx.LoadNonEmptyString();
        _inputs = ctx.LoadNames();
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(TransformFile.VersionOf(GetType()));
        ctx.SaveNonEmptyString(_output);
        ctx.SaveNames(_inputs);
    }

    private protected override RowMapping MakeMapping(DataViewSchema inputSchema)
    {
        var sources = Array.ConvertAll(_inputs, name => inputSchema.Find(name));
        var indices = Array.ConvertAll(sources, source => source.Index);
        if (sources is [{ Type: VectorDataViewType } only])
        {
            var copy = new DataViewSchema.DetachedColumn(_output, only.Type, only.Annotations);
            return new RowMapping([new OutputColumn(copy, indices, row => row.GetGetter(row.Schema[only.Index]))]);
        }

        var itemType = (PrimitiveDataViewType)sources[0].Type.ItemTypeOf();
        foreach (var source in sources)
        {
            if (!source.Type.ItemTypeOf().Equals(itemType))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", source.Name, itemType.ToString(), source.Type.ToString());
        }
        var size = sources.All(s => s.Type.ValueCount() > 0) ? sources.Sum(s => s.Type.ValueCount()) : 0;
        var column = new DataViewSchema.DetachedColumn(_output, new VectorDataViewType(itemType, size), Annotate(sources, itemType, size));
        return new RowMapping([new OutputColumn(column, indices,
            row => GenericCall.Invoke<Delegate>(MakeGetter<int>, itemType.RawType, row, indices))]);
    }

    private static DataViewSchema.Annotations Annotate(DataViewSchema.Column[] sources, PrimitiveDataViewType itemType, int size)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        if (itemType is NumberDataViewType && sources.All(s => s.IsNormalized()))
            annotations.AddIsNormalized();
        if (size > 0 && sources.Any(s => s.Type is not VectorDataViewType || s.HasSlotNames()))
        {
            annotations.Add(AnnotationUtils.Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, size),
                (ref VBuffer<ReadOnlyMemory<char>> dst) => dst = new VBuffer<ReadOnlyMemory<char>>(size, [.. sources.SelectMany(SlotNames)]));
        }
        if (size > 0 && CategoricalRanges(sources) is { Length: > 0 } ranges)
            annotations.AddCategoricalSlotRanges(ranges);
        return annotations.ToAnnotations();
    }

    // A scalar is named after its column; the slots of a vector after column and slot, where the slot has a name.
    private static IEnumerable<ReadOnlyMemory<char>> SlotNames(DataViewSchema.Column source)
    {
        if (source.Type is not VectorDataViewType vector)
            return [source.Name.AsMemory()];
        if (!source.HasSlotNames())
            return new ReadOnlyMemory<char>[vector.Size];
        VBuffer<ReadOnlyMemory<char>> names = default;
        source.GetSlotNames(ref names);
        return names.DenseValues().Select(name => name.IsEmpty ? name : $"{source.Name}.{name}".AsMemory());
    }

    private static int[] CategoricalRanges(DataViewSchema.Column[] sources)
    {
        var ranges = new List<int>();
        var first = 0;
        foreach (var source in sources)
        {
            if (source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.CategoricalSlotRanges)?.Type is VectorDataViewType { ItemType: NumberDataViewType })
            {
                VBuffer<int> own = default;
                source.Annotations.GetValue(AnnotationUtils.Kinds.CategoricalSlotRanges, ref own);
                ranges.AddRange(own.DenseValues().Select(slot => slot + first));
            }
            first += source.Type.ValueCount();
        }
        return [.. ranges];
    }

    private static ValueGetter<VBuffer<T>> MakeGetter<T>(DataViewRow row, int[] indices)
    {
        var columns = Array.ConvertAll(indices, index => row.Schema[index]);
        var getters = Array.ConvertAll(columns, column => SlotMapping.AsVector<T>(row, column));
        var parts = new VBuffer<T>[columns.Length];
        return (ref VBuffer<T> dst) =>
        {
            var (length, stored) = (0, 0);
            for (var i = 0; i < parts.Length; i++)
            {
                getters[i](ref parts[i]);
                if (columns[i].Type.ValueCount() is > 0 and var expected && expected != parts[i].Length)
                    throw Contracts.Except($"Column '{columns[i].Name}': expected {expected} slots, but got {parts[i].Length}");
                length = checked(length + parts[i].Length);
                stored += parts[i].GetValues().Length;
            }
            // Sparse only where that halves the work.
            var sparse = stored <= length / 2;
            var editor = VBufferEditor.Create(ref dst, length, sparse ? stored : length);
            var (start, next) = (0, 0);
            foreach (var part in parts)
            {
                if (!sparse)
                    part.CopyTo(editor.Values, start);
                for (var i = 0; sparse && i < part.GetValues().Length; i++, next++)
                {
                    editor.Values[next] = part.GetValues()[i];
                    editor.Indices[next] = start + (part.IsDense ? i : part.GetIndices()[i]);
                }
                start += part.Length;
            }
            dst = editor.Commit();
        };
    }
}
