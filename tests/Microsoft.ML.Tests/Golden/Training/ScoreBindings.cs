namespace Microsoft.ML.Tests.Golden.Training;

/// <summary>Where the columns of a scored schema come from. A new column stands right behind the one it hides, or at the end.</summary>
internal sealed class ScoreBindings
{
    private readonly List<int> _sources = [];

    public ScoreBindings(DataViewSchema input, int classCount, DataViewSchema.Annotations label)
    {
        var own = new DataViewSchema.Builder();
        ScoreColumns.AddTo(own, classCount, ScoreColumns.NextSetId(input), label);
        var left = own.ToSchema().ToList();

        var builder = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in input)
        {
            Add(builder, column, column.Index);
            if (input[column.Name].Index != column.Index)
                continue;
            foreach (DataViewSchema.Column hiding in left.Where(added => added.Name == column.Name).ToList())
            {
                Add(builder, hiding, -1);
                left.Remove(hiding);
            }
        }

        foreach (DataViewSchema.Column added in left)
            Add(builder, added, -1);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    /// <summary>The index in the input, or -1 for PredictedLabel and Score.</summary>
    public int SourceOf(DataViewSchema.Column column) => _sources[column.Index];

    private void Add(DataViewSchema.Builder builder, DataViewSchema.Column column, int source)
    {
        builder.AddColumn(column.Name, column.Type, column.Annotations);
        _sources.Add(source);
    }
}
