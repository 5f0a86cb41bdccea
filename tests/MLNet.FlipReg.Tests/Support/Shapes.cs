using Microsoft.ML;

namespace MLNet.FlipReg.Tests.Support;

/// <summary>The SchemaShape of a view. ML.NET makes it only inside of chains, so an estimator in a chain picks it up.</summary>
internal static class Shapes
{
    public static SchemaShape Of(MLContext context, IDataView data)
    {
        var probe = new Probe();
        // A chain whose last estimator is the probe: Fit asks it for its output schema first.
        Assert.ThrowsExactly<ProbeException>(() => context.Transforms.CopyColumns("Copy", data.Schema[0].Name).Append(probe).Fit(data));
        return new SchemaShape(probe.Shape!.Where(c => c.Name != "Copy"));
    }

    private sealed class Probe : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public ITransformer Fit(IDataView input) => throw new ProbeException();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = inputSchema;
    }

    private sealed class ProbeException : Exception;
}
