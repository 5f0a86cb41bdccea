namespace Microsoft.ML.Transforms;

public sealed class OneHotEncodingEstimator : IEstimator<OneHotEncodingTransformer>
{
    private readonly IEstimator<ITransformer> _steps;

    internal OneHotEncodingEstimator(IHostEnvironment env, ValueToKeyMappingEstimator toKeys, string column, OutputKind outputKind)
        => _steps = outputKind switch
        {
            OutputKind.Key => new EstimatorChain<ITransformer>().Append(toKeys),
            OutputKind.Bag or OutputKind.Indicator => toKeys.Append(new KeyToVectorMappingEstimator(env, outputKind, column, column)),
            _ => throw Contracts.ExceptParam(nameof(outputKind)),
        };

    public enum OutputKind : byte
    {
        Bag = 1,
        Indicator = 2,
        Key = 3,
    }

    public OneHotEncodingTransformer Fit(IDataView input) => new(_steps.Fit(input));
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _steps.GetOutputSchema(inputSchema);
}

/// <remarks>Saved as the chain that it is made of; a loaded model has the chain in its place.</remarks>
public sealed class OneHotEncodingTransformer : ITransformer
{
    private readonly ITransformer _steps;

    internal OneHotEncodingTransformer(ITransformer steps) => _steps = steps;

    bool ITransformer.IsRowToRowMapper => _steps.IsRowToRowMapper;
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _steps.GetOutputSchema(inputSchema);
    public IDataView Transform(IDataView input) => _steps.Transform(input);
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _steps.GetRowToRowMapper(inputSchema);
    void ICanSaveModel.Save(ModelSaveContext ctx) => _steps.Save(ctx);
}
