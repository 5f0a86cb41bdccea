using FlipReg;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace MLNet.FlipReg.Scoring;

/// <remarks>
/// ML.NET walks a chain of views back from its end, from one IDataTransform to the next. A view that is none ends the walk without a word, as
/// if it were the data itself: an ONNX graph would get the scores as inputs.
/// </remarks>
internal sealed partial class ScoringView : ITransformCanSaveOnnx
{
    IDataView IDataTransform.Source => source;

    /// <summary>Saves the transformer: it is all of this view that does not come with the source.</summary>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)transformer).Save(ctx);

    // Answering "no" would do: ML.NET then throws where a column is left without a source. But it does not say by whom, and where only other
    // columns are kept, it drops the transformers before this one instead of throwing.
    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => throw NoExport();

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) => throw NoExport();

    private InvalidOperationException NoExport() => new(
        $"A chain that is converted to ONNX must hold only transformers that can be exported. Got {nameof(FlipRegPredictionTransformer)} ({transformer.Model.MethodName}), whose export is not there yet. Convert the transformers before it alone, or take the whole chain along with Model.Save and Model.Load.");
}
