using Microsoft.ML.Data;

// Rows are filled by readers.
#pragma warning disable CS0649

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class CustomMappingScenarios
{
    private static readonly MLContext _ml = new(1);

    [Scenario("custom-mapping-shuffle-crossvalidate/custom-mapping")]
    public static void CustomMapping(Facts facts)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(AB.Rows);
        var mapping = _ml.Transforms.CustomMapping<CmIn, CmOut>(Map, null);
        IDataView mapped = mapping.Fit(view).Transform(view);
        facts["schema"] = mapped.Schema;
        facts["rows"] = Dump.Rows(mapped);
        facts.Add("outputVector", () => Apply(view, _ml.Transforms.CustomMapping<CmIn, CmOutVec>(
            (input, output) => output.V = [input.A, -input.A], null)));
        facts.Add("outputSameNameAsInput", () => Apply(view, _ml.Transforms.CustomMapping<CmIn, CmOutA>(
            (input, output) => output.A = input.A + 1, null)));
        facts.Add("missingInput", () => Apply(_ml.Data.LoadFromEnumerable([new AOnly()]), mapping));
        facts.Add("wrongInputType", () => Apply(_ml.Data.LoadFromEnumerable([new DoubleAB()]), mapping));
        facts.Add("saveWithoutContract", () => Save(mapping.Fit(view), view.Schema));
        facts.Add("saveWithUnregisteredContract", () =>
        {
            using MemoryStream stream = Save(_ml.Transforms.CustomMapping<CmIn, CmOut>(Map, "nowhere").Fit(view), view.Schema);
            stream.Position = 0;
            _ml.Model.Load(stream, out _);
        });
        facts.Add("mapThrows", () => Apply(view, _ml.Transforms.CustomMapping<CmIn, CmOut>(
            (_, _) => throw new InvalidOperationException("mine"), null)));
        Calls(facts, view);
    }

    private static void Calls(Facts facts, IDataView view)
    {
        var rows = new HashSet<object>(ReferenceEqualityComparer.Instance);
        int calls = 0;
        void Counting(CmIn input, CmOut output)
        {
            rows.Add(input);
            calls++;
            Map(input, output);
        }

        IDataView mapped = _ml.Transforms.CustomMapping<CmIn, CmOut>(Counting, null).Fit(view).Transform(view);
        _ = Dump.Column(mapped, mapped.Schema["A"]);
        facts["inactiveOutputsNotComputed"] = calls;
        _ = Dump.Rows(mapped);
        facts["rowObjectReused"] = rows.Count;
        facts["mappedOncePerRowForTwoOutputs"] = calls;
    }

    private static object Apply(IDataView view, IEstimator<ITransformer> estimator) =>
        Dump.SchemaAndRows(estimator.Fit(view).Transform(view));

    private static MemoryStream Save(ITransformer model, DataViewSchema schema)
    {
        var stream = new MemoryStream();
        _ml.Model.Save(model, schema, stream);
        return stream;
    }

    private static void Map(CmIn input, CmOut output)
    {
        output.Twice = 2 * input.A;
        output.Upper = input.B is null ? "<null>" : input.B.ToUpperInvariant();
    }

    private sealed class CmIn
    {
        public float A;
        public string? B;
    }

    private sealed class CmOut
    {
        public float Twice;
        public string? Upper;
    }

    private sealed class CmOutVec
    {
        [VectorType(2)]
        public float[]? V;
    }

    private sealed class CmOutA
    {
        public float A;
    }

    private sealed class DoubleAB
    {
        public double A;
        public string? B;
    }
}
