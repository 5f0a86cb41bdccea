using System.ComponentModel.DataAnnotations;
using FlipReg.Networks;
using FlipReg.Onnx;
using static System.FormattableString;

namespace FlipReg;

/// <summary>
/// Gives each member of an ensemble its own copy of a row, n values to members · n, multiplied value by value with weights of its own (members × n; at first 1 or −1 at random):
/// what tells apart members that share the weights of the layers after it (Wen, Tran and Ba, "BatchEnsemble", ICLR 2020; Gorishniy, Kotelnikov and Babenko, "TabM", ICLR 2025, there
/// TabM-mini).
/// </summary>
/// <param name="Members">Members; 2 to 64.</param>
public sealed record MemberInputSpec([property: Range(2, TrainingOptions.MaximumMembers)] int Members) : LayerSpec
{
    internal override RowShape OutputShape(RowShape input)
    {
        CheckValues();
        return RowShape.List(checked(RequireList(input) * Members));
    }

    internal override IEnumerable<TensorSpec> Tensors(RowShape input) => [new TensorSpec("weight", [Members, RequireList(input)], TensorRole.Parameter, Bound: 1) { IsSigns = true }];

    internal override Layer Build(IReadOnlyList<TorchSharp.torch.Tensor> tensors, RowShape input, LayerRandom random) => new MemberInputLayer(tensors[0]);

    internal override string Export(OnnxGraph graph, string input, RowShape shape, IReadOnlyList<OnnxTensor> tensors, string name)
    {
        var row = graph.Node("Reshape", $"{name}.row", [input, graph.Constant($"{name}.row_shape", [-1, 1, shape.Values], [3])]);
        var scaled = graph.Node("Mul", $"{name}.scaled", [row, graph.Constant(tensors[0] with { Shape = [1, Members, shape.Values] })]);
        return graph.Node("Reshape", name, [scaled, graph.Constant($"{name}.shape", [-1, (long)Members * shape.Values], [2])]);
    }

    internal override string Describe(RowShape input) => Invariant($"Scaled for {Members} members");

    private protected override void CheckValues() =>
        Require(Members is >= 2 and <= TrainingOptions.MaximumMembers, "MemberInputSpec.Members", Invariant($"must be at least 2 and at most {TrainingOptions.MaximumMembers}"), Members);
}
