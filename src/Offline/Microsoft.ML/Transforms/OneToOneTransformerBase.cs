namespace Microsoft.ML.Data;

/// <summary>Base of the transformers that make an output column of one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    private protected OneToOneTransformerBase(IHostEnvironment env, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(OneToOneTransformerBase)))
    {
        Contracts.CheckNonEmpty(outputColumnName, "columns");
        Contracts.CheckNonEmpty(inputColumnName, "columns");
        (Output, Input) = (outputColumnName, inputColumnName);
    }

    private protected OneToOneTransformerBase(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(OneToOneTransformerBase)))
    {
        ctx.CheckAtModel(TransformFile.VersionOf(GetType()));
        (Output, Input) = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
    }

    internal string Output { get; }
    internal string Input { get; }

    /// <summary>Checks an input column and says what becomes of it.</summary>
    private protected abstract MappedColumn Map(DataViewSchema.Column source);

    private protected sealed override RowMapping MakeMapping(DataViewSchema inputSchema)
    {
        var source = inputSchema.Find(Input);
        var mapped = Map(source);
        var column = new DataViewSchema.DetachedColumn(Output, mapped.Type, mapped.Annotations);
        return new RowMapping([new OutputColumn(column, [source.Index], row => mapped.MakeGetter(row, row.Schema[source.Index]))]);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(TransformFile.VersionOf(GetType()));
        ctx.SaveNonEmptyString(Output);
        ctx.SaveNonEmptyString(Input);
    }
}

/// <summary>Type and annotations of an output column, and how its getter is made of a row and the source column.</summary>
internal sealed record MappedColumn(DataViewType Type, DataViewSchema.Annotations Annotations,
    Func<DataViewRow, DataViewSchema.Column, Delegate> MakeGetter);
