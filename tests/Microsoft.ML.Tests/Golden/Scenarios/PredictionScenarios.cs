namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class PredictionScenarios
{
    private static readonly MLContext _ml = new(1);
    private static readonly IDataView _data = ColorModel.View(_ml);
    private static readonly Lazy<ITransformer> _model = new(() => ColorModel.Chain(_ml).Fit(_data));

    [Scenario("prediction-engine/equal-to-transform")]
    public static void EqualToTransform(Facts facts)
    {
        FeatIn[] rows =
        [
            .. ColorModel.Rows[..3],
            new FeatIn { X1 = float.NaN, X2 = 0 },
            new FeatIn { X1 = 0, X2 = float.PositiveInfinity },
            new FeatIn { X1 = -5, X2 = 9 },
        ];
        using PredictionEngine<FeatIn, PredText> engine = _ml.Model.CreatePredictionEngine<FeatIn, PredText>(_model.Value);
        List<PredText> predicted = [.. rows.Select(engine.Predict)];
        List<PredText> transformed = [.. _ml.Data.CreateEnumerable<PredText>(
            _model.Value.Transform(_ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false)];
        facts["same"] = predicted.Zip(transformed).All(pair =>
            pair.First.PredictedLabel == pair.Second.PredictedLabel && pair.First.Score!.SequenceEqual(pair.Second.Score!));
        facts["predictedLabels"] = predicted.Select(row => row.PredictedLabel).ToList();
        facts["scoreLengths"] = predicted.Select(row => row.Score!.Length).ToList();
        facts["scoreSumsToOne"] = predicted.Select(row => Math.Abs(row.Score!.Sum() - 1) < 1e-5).ToList();
        facts["differentObjectEachCall"] = !ReferenceEquals(engine.Predict(rows[0]), engine.Predict(rows[0]));

        var reused = new PredText();
        engine.Predict(rows[0], ref reused);
        facts["refOverload"] = reused.PredictedLabel;
        float[]? array = reused.Score;
        engine.Predict(rows[1], ref reused);
        facts["refOverloadReusesScoreArray"] = ReferenceEquals(array, reused.Score);
        PredText earlier = engine.Predict(rows[0]);
        float[] kept = [.. earlier.Score!];
        _ = engine.Predict(rows[1]);
        facts["earlierScoreKeptAfterNextPredict"] = kept.SequenceEqual(earlier.Score!);
        facts["outputSchema"] = Dump.Schema(
            engine.OutputSchema, new HashSet<string> { "Features", "PredictedLabel", "Score" });
    }

    [Scenario("prediction-engine/other-output-classes")]
    public static void Outputs(Facts facts)
    {
        facts.Add("PredMem", () =>
        {
            PredMem row = Predict<FeatIn, PredMem>(Green);
            return (object[])[row.PredictedLabel.ToString(), row.Score.Length, row.Score.IsDense];
        });
        facts.Add("missingOutputMember", () =>
        {
            PredMissing row = Predict<FeatIn, PredMissing>(Green);
            return (object?[])[row.PredictedLabel, row.Nope];
        });
        facts.Add("missingOutputMemberNotIgnored", () => Predict<FeatIn, PredMissing>(Green, ignoreMissingColumns: false));
        facts.Add("wrongOutputType", () => Predict<FeatIn, PredWrong>(Green));
        facts.Add("labelOutAsUInt32", () => Predict<FeatIn, PredKeyed>(Green).Lbl);
        facts.Add("echo", () => Predict<FeatInNoLabel, EchoOut>(new FeatInNoLabel { X1 = Green.X1, X2 = Green.X2 }));
        facts.Add("echoLabelIsKeyNow", () => Predict<FeatIn, EchoOut>(Green));
    }

    [Scenario("prediction-engine/input-classes")]
    public static void Inputs(Facts facts)
    {
        facts.Add("missingFeature", () => Predict<FeatIn1, PredText>(new FeatIn1()));
        facts.Add("missingLabel", () => Predict<FeatInNoLabel, PredText>(new FeatInNoLabel()));
        facts.Add("wrongType", () => Predict<FeatInWrong, PredText>(new FeatInWrong()));
        facts.Add("nullExample", () => Predict<FeatIn, PredText>(null!));
        facts.Add("nullTransformer", () => _ml.Model.CreatePredictionEngine<FeatIn, PredText>(null));
        facts.Add("withInputSchema", () => WithSchema(ColorModel.Rows[2]));
        facts.Add("withInputSchemaMissingMember", () => WithSchema(new FeatIn1()));
        facts.Add("withInputSchemaNoLabelMember", () => WithSchema(new FeatInNoLabel()));
    }

    [Scenario("prediction-engine/null-strings")]
    public static void NullStrings(Facts facts)
    {
        IDataView data = _ml.Data.LoadFromEnumerable([new AB { A = 1, B = "x" }, new AB { A = 2, B = "y" }]);
        var model = _ml.Transforms.Conversion.MapValueToKey("K", "B")
            .Append(_ml.Transforms.Conversion.MapKeyToValue("V", "K"))
            .Fit(data);
        using PredictionEngine<AB, KVOut> engine = _ml.Model.CreatePredictionEngine<AB, KVOut>(model);
        var found = new List<object>();
        foreach (string? text in (string?[])[null, "", "x", "zzz"])
        {
            KVOut row = engine.Predict(new AB { B = text });
            found.Add(new Dictionary<string, object?> { ["B"] = text, ["K"] = row.K, ["V"] = row.V, ["Bout"] = row.B });
        }

        facts["out"] = found;
    }

    [Scenario("prediction-engine/row-changing-pipeline")]
    public static void Checkpoint(Facts facts)
    {
        var model = _ml.Transforms.Concatenate("F", "X1", "X2")
            .AppendCacheCheckpoint(_ml)
            .Append(_ml.Transforms.NormalizeMinMax("G", "F"))
            .Fit(_data);
        PredictionEngine<FeatIn, GOut> engine = _ml.Model.CreatePredictionEngine<FeatIn, GOut>(model);
        facts["g"] = engine.Predict(Green).G;
        engine.Dispose();
        facts.Add("afterDispose", () => engine.Predict(Green).G);
        facts["isRowToRowMapper"] = ((ITransformer)model).IsRowToRowMapper;
        facts["getRowToRowMapper"] = ((ITransformer)model).GetRowToRowMapper(_data.Schema).OutputSchema
            .Select(column => column.Name).ToList();
    }

    private static FeatIn Green => ColorModel.Rows[1];

    private static TOut Predict<TIn, TOut>(TIn example, bool ignoreMissingColumns = true)
        where TIn : class
        where TOut : class, new()
    {
        using PredictionEngine<TIn, TOut> engine = _ml.Model.CreatePredictionEngine<TIn, TOut>(_model.Value, ignoreMissingColumns);
        return engine.Predict(example);
    }

    private static string? WithSchema<TIn>(TIn example) where TIn : class
    {
        using PredictionEngine<TIn, PredText> engine = _ml.Model.CreatePredictionEngine<TIn, PredText>(_model.Value, _data.Schema);
        return engine.Predict(example).PredictedLabel;
    }
}
