namespace Microsoft.ML.Data;

public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
    where TLastTransformer : class, ITransformer
{
    public readonly IEstimator<TLastTransformer> LastEstimator;
    private readonly Link[] _links;

    public EstimatorChain() : this([]) { }

    private EstimatorChain(Link[] links)
    {
        _links = links;
        LastEstimator = links.Length == 0 ? null : (IEstimator<TLastTransformer>)links[^1].Estimator;
    }

    public TransformerChain<TLastTransformer> Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        // Fail on a schema error before any training, as far as the shapes tell.
        GetOutputSchema(SchemaShape.Create(input.Schema));
        var data = input;
        var transformers = new List<ITransformer>();
        foreach (var link in _links)
        {
            var transformer = link.Estimator.Fit(data);
            transformers.Add(transformer);
            if (transformers.Count == _links.Length)
                break;
            data = transformer.Transform(data);
            if (link.CacheAfter)
                data = new CacheView(data);
        }
        return new TransformerChain<TLastTransformer>([.. transformers]);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return _links.Aggregate(inputSchema, (shape, link) => link.Estimator.GetOutputSchema(shape));
    }

    public EstimatorChain<TNewTrans> Append<TNewTrans>(IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything)
        where TNewTrans : class, ITransformer
    {
        Contracts.CheckValue(estimator, nameof(estimator));
        return new EstimatorChain<TNewTrans>([.. _links.Select(l => new EstimatorChain<TNewTrans>.Link(l.Estimator, l.CacheAfter)),
            new EstimatorChain<TNewTrans>.Link((IEstimator<ITransformer>)estimator, false)]);
    }

    public EstimatorChain<TLastTransformer> AppendCacheCheckpoint(IHostEnvironment env)
    {
        Contracts.CheckValue(env, nameof(env));
        // With nothing to cache after, the real chain leaves itself unchanged too.
        if (_links.Length == 0 || _links[^1].CacheAfter)
            return this;
        return new EstimatorChain<TLastTransformer>([.. _links[..^1], _links[^1] with { CacheAfter = true }]);
    }

    internal sealed record Link(IEstimator<ITransformer> Estimator, bool CacheAfter);
}
