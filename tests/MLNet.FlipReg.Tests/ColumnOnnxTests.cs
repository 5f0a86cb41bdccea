using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNet.FlipReg.Tests.Support;

namespace MLNet.FlipReg.Tests;

/// <summary>Models of several columns as ONNX graphs: alone, and with what made the keys.</summary>
[TestClass]
public sealed class ColumnOnnxTests
{
    private static readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(12, false)]
    [DataRow(17, true)]
    public void A_classifier_alone_has_an_input_for_each_column(int opset, bool isBinary)
    {
        var trainer = TrainerUnderTest.Named(isBinary ? "binary Fer" : "Fer");
        using var model = trainer.CreateAnyFast(_context, Purchase.NameColumns).Fit(Purchase.View(_context, Purchase.Rows(200), isBinary));
        using var stream = new MemoryStream();
        model.Model.SaveOnnx(stream, new OnnxOptions { OpsetVersion = opset });
        using var onnx = new OnnxScores(stream.ToArray());
        CollectionAssert.AreEqual(Purchase.Columns, onnx.Session.InputNames.ToArray());
        var data = Purchase.View(_context, Purchase.Rows(80, seed: 2, unseen: true), isBinary);
        NamedOnnxValue[] inputs =
        [
            OnnxScores.Column("Price", data.GetColumn<float>("Price")),
            OnnxScores.Rows("Sizes", [.. data.GetColumn<float[]>("Sizes")]),
            OnnxScores.Column("Shop", data.GetColumn<uint>("Shop")),
            NamedOnnxValue.CreateFromTensor("Tags", new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<uint>(data.GetColumn<uint[]>("Tags").SelectMany(keys => keys).ToArray(), [80, 2])),
        ];
        var expected = trainer.Scores(_context, model.Transform(data));
        using var results = onnx.Session.Run(inputs, isBinary ? ["Score", "Probability"] : ["Score"]);
        var actual = isBinary ? [.. results[0].AsTensor<float>().Zip(results[1].AsTensor<float>(), (score, probability) => new[] { score, probability })] : results[0].AsTensor<float>().ToArray().Chunk(3).ToArray();
        Assertions.AreClose(expected, actual, 1e-5);
        Assertions.Throws<ArgumentOutOfRangeException>(() => model.Model.SaveOnnx(new MemoryStream(), new OnnxOptions { InputName = "x" }), "InputName must be null where features come from several columns: each is an input under its own name. Got x.");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_pipeline_takes_the_texts(bool isBinary)
    {
        var (pipeline, raw) = Pipeline(isBinary);
        using var chain = pipeline;
        var report = _context.Model.ExportOnnx(pipeline, raw, new MemoryStream(), new OnnxExportOptions { Verify = true });
        CollectionAssert.AreEquivalent(Purchase.Columns, report.Inputs.ToArray());
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
        OnnxExports.Compare(OnnxExports.Bytes(_context, pipeline, raw), pipeline, raw);
    }

    [TestMethod]
    public void The_classifier_of_a_pipeline_takes_keys()
    {
        var trainer = TrainerUnderTest.Named("Fer");
        var data = Purchase.View(_context, Purchase.Rows(150, unseen: true));
        using var model = trainer.CreateFast(_context, Purchase.NameColumns).Fit(data);
        var report = _context.Model.ExportOnnx(model, data, new MemoryStream(), new OnnxExportOptions { Verify = true });
        CollectionAssert.AreEquivalent(Purchase.Columns, report.Inputs.ToArray());
        Assert.IsLessThan(1e-5, report.LargestDifference!.Value);
    }

    [TestMethod]
    public void ML_NETs_own_conversion_scores_alike()
    {
        var (pipeline, raw) = Pipeline(isBinary: false);
        using var chain = pipeline;
        using var stream = new MemoryStream();
        _context.Model.ConvertToOnnx(pipeline, raw, stream);
        using var onnx = new OnnxScores(stream.ToArray());
        var rows = Purchase.Rows(60, seed: 2, unseen: true);
        NamedOnnxValue[] inputs =
        [
            OnnxScores.Column("Label", rows.Select(row => row.Label)),
            OnnxScores.Column("Price", rows.Select(row => row.Price)),
            OnnxScores.Rows("Sizes", [.. rows.Select(row => row.Sizes)]),
            OnnxScores.Column("Shop", rows.Select(row => row.Shop)),
            NamedOnnxValue.CreateFromTensor("Tags", new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<string>(rows.SelectMany(row => row.Tags).ToArray(), [60, 2])),
            OnnxScores.Column("Weight", rows.Select(row => row.Weight)),
        ];
        using var results = onnx.Session.Run(inputs, ["Score.output"]);
        Assertions.AreClose(Blobs.Scores(_context, pipeline.Transform(_context.Data.LoadFromEnumerable(rows))), results[0].AsTensor<float>().ToArray().Chunk(3).ToArray(), 1e-5);
    }

    /// <summary>Keys and a classifier, and raw rows, some of whose texts the keys do not know.</summary>
    private static (TransformerChain<ITransformer> Pipeline, IDataView Raw) Pipeline(bool isBinary)
    {
        var trainer = TrainerUnderTest.Named(isBinary ? "binary Fer" : "Fer");
        var model = trainer.CreateAnyFast(_context, Purchase.NameColumns).Fit(Purchase.View(_context, Purchase.Rows(200, unseen: true), isBinary));
        return (new TransformerChain<ITransformer>(Purchase.Keys(_context), model), _context.Data.LoadFromEnumerable(Purchase.Rows(100, seed: 3, unseen: true)));
    }
}
