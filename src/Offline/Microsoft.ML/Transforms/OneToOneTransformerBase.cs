namespace Microsoft.ML.Data;

/// <summary>Base of the transformers that make each output column of one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    private protected OneToOneTransformerBase(IHostEnvironment env, params (string Output, string Input)[] columns)
        : base(env.Register(nameof(OneToOneTransformerBase)))
    {
        foreach (var (output, input) in columns)
        {
            Contracts.CheckNonEmpty(output, nameof(columns));
            Contracts.CheckNonEmpty(input, nameof(columns));
        }
        Columns = columns;
    }

    private protected OneToOneTransformerBase(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(OneToOneTransformerBase)))
    {
        ctx.CheckAtModel(TransformFile.VersionOf(GetType()));
        var names = ctx.LoadNames();
        Contracts.CheckDecode(names.Length % 2 == 0);
        Columns = names.Chunk(2).Select(pair => (pair[0], pair[1])).ToArray();
    }

    internal (string Output, string Input)[] Columns { get; }

    /// <summary>Checks an input column and says what becomes of it.</summary>
    private protected abstract MappedColumn Map(DataViewSchema.Column source, int index);

    private protected sealed override RowMapping MakeMapping(DataViewSchema inputSchema)
    {
        var sources = Array.ConvertAll(Columns, pair => inputSchema.Find(pair.Input));
        return new RowMapping(sources.Select((source, i) =>
        {
            var mapped = Map(source, i);
            var column = new DataViewSchema.DetachedColumn(Columns[i].Output, mapped.Type, mapped.Annotations);
            return new OutputColumn(column, [source.Index], row => mapped.MakeGetter(row, row.Schema[source.Index]));
        }).ToArray());
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(TransformFile.VersionOf(GetType()));
        ctx.SaveNames(Columns.SelectMany(pair => (string[])[pair.Output, pair.Input]).ToArray());
    }
}

/// <summary>Type and annotations of an output column, and how its getter is made of a row and the source column.</summary>
internal sealed record MappedColumn(DataViewType Type, DataViewSchema.Annotations Annotations,
    Func<DataViewRow, DataViewSchema.Column, Delegate> MakeGetter);
