using FlipReg;
using FlipReg.Onnx;
using Google.Protobuf;
using Microsoft.ML;
using static Microsoft.ML.Model.OnnxConverter.OnnxCSharpToProtoWrapper;

namespace MLNet.FlipReg.Interop;

/// <summary>A pipeline that is ready to be written.</summary>
/// <param name="graph">The graph, with a placeholder for each tensor of this library's layers.</param>
/// <param name="scored">The scored sample.</param>
/// <param name="tensors">The tensors, by their names in the graph.</param>
/// <param name="metadata">What the model says of itself.</param>
internal sealed class OnnxPipeline(PipelineGraph graph, IDataView scored, IReadOnlyDictionary<string, OnnxTensor> tensors, IEnumerable<(string Key, string Value)> metadata)
{
    public IReadOnlyList<string> Inputs { get; } = graph.Inputs;

    public IReadOnlyList<string> Outputs => graph.Outputs;

    /// <summary>The sample as the pipeline scores it.</summary>
    public IDataView Scored => scored;

    public OnnxExportReport Report(int rows, double? difference) => new(Inputs, Outputs, rows, difference);

    /// <summary>The model as a message.</summary>
    public ProtoMessage Compose(OnnxWeights weights)
    {
        var outer = graph.Model.Clone();
        var inner = outer.Graph;
        outer.Graph = null;
        var postponed = inner.Initializer.Where(t => tensors.ContainsKey(t.Name)).Select(t => t.Name).ToList();
        TensorProto[] others = [.. inner.Initializer.Where(t => !tensors.ContainsKey(t.Name))];
        inner.Initializer.Clear();
        inner.Initializer.Add(others);
        // A repeated field may be written in parts.
        var message = new ProtoMessage().AddEncoded(inner.ToByteArray());
        foreach (var name in postponed)
        {
            var tensor = new ProtoMessage();
            foreach (var size in tensors[name].Shape)
                tensor.Add(1, size);
            tensor.Add(2, (long)OnnxModel.Float).Add(8, name);
            weights.AddTo(tensor, tensors[name]);
            message.Add(5, tensor);
        }

        var model = new ProtoMessage().AddEncoded(outer.ToByteArray()).Add(7, message);
        foreach (var (key, value) in metadata)
            model.Add(14, new ProtoMessage().Add(1, key).Add(2, value));
        return model;
    }
}
