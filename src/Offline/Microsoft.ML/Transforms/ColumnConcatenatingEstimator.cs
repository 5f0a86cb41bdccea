namespace Microsoft.ML.Transforms;

public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
    {
        Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        Contracts.CheckValue(inputColumnNames, nameof(inputColumnNames));
        Contracts.CheckParam(inputColumnNames.Length > 0, nameof(inputColumnNames), "Input columns not specified");
        Contracts.CheckParam(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
        (_env, _output, _inputs) = (env, outputColumnName, inputColumnNames);
    }

    public ColumnConcatenatingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new ColumnConcatenatingTransformer(_env, _output, _inputs);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var columns = Array.ConvertAll(_inputs, inputSchema.Find);
        var itemType = columns[0].ItemType;
        foreach (var column in columns)
        {
            Contracts.Check(!column.IsKey, $"Column '{column.Name}' is key. Concatenation of keys is unsupported.");
            Contracts.Check(column.ItemType.Equals(itemType), $"Concatenated columns should have the same type. "
                + $"Column '{column.Name}' has type of {column.ItemType}, but expected column type is {itemType}.");
        }
        var annotations = new List<SchemaShape.Column>();
        if (columns.All(c => c.Has(AnnotationUtils.Kinds.IsNormalized)))
            annotations.Add(AnnotationUtils.IsNormalizedShape);
        if (columns.Any(c => c.Has(AnnotationUtils.Kinds.CategoricalSlotRanges)))
            annotations.Add(SchemaHelpers.CategoricalSlotRangesShape);
        if (columns.Any(c => c.Kind == SchemaShape.Column.VectorKind.Scalar || c.Has(AnnotationUtils.Kinds.SlotNames)))
            annotations.Add(AnnotationUtils.SlotNamesShape);
        var kind = columns.Any(c => c.Kind == SchemaShape.Column.VectorKind.VariableVector)
            ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector;
        return inputSchema.With(new SchemaShape.Column(_output, kind, itemType, false, new SchemaShape(annotations)));
    }
}
