namespace TorchSharp.Interop;

/// <summary>The operators in use, by their names in ATen's native_functions.yaml.</summary>
internal static class Ops
{
    internal static readonly Op
        Abs = "abs", Add = "add.Tensor", AddIn = "add_.Tensor", AddCDivIn = "addcdiv_", AddCMul = "addcmul", AddCMulIn = "addcmul_",
        Clamp = "clamp", ClampIn = "clamp_", ClampMin = "clamp_min", Div = "div.Tensor", DivIn = "div_.Tensor", DivMode = "div.Tensor_mode",
        DivModeIn = "div_.Tensor_mode", Eq = "eq.Tensor", Exp = "exp", FloorIn = "floor_", FillIn = "fill_.Scalar", Ge = "ge.Tensor",
        Gt = "gt.Tensor", IsFinite = "isfinite", Le = "le.Tensor", Log = "log", LogicalAnd = "logical_and", LogicalNot = "logical_not",
        LogicalOr = "logical_or", Lt = "lt.Tensor", Maximum = "maximum", Minimum = "minimum", Mul = "mul.Tensor", MulIn = "mul_.Tensor",
        Neg = "neg", PowScalar = "pow.Tensor_Scalar", Relu = "relu", ReluIn = "relu_", Remainder = "remainder.Tensor", RSub = "rsub.Scalar",
        Sigmoid = "sigmoid", Sqrt = "sqrt", Square = "square", Sub = "sub.Tensor", SubIn = "sub_.Tensor", Tanh = "tanh",
        Where = "where.self", ZeroIn = "zero_";

    internal static readonly Op
        All = "all", AllClose = "allclose", ArgMax = "argmax", EqualAll = "equal", LocalScalar = "_local_scalar_dense",
        LogSoftmax = "log_softmax.int", Max = "max", MaxDim = "max.dim", Mean = "mean", MeanDim = "mean.dim", Min = "min",
        Softmax = "softmax.int", Sum = "sum", SumDim = "sum.dim_IntList";

    internal static readonly Op
        Cat = "cat", Clone = "clone", Contiguous = "contiguous", CopyIn = "copy_", Detach = "detach", Gather = "gather",
        IndexCopyIn = "index_copy_", IndexSelect = "index_select", MatMul = "matmul", MM = "mm", Narrow = "narrow", OneHot = "one_hot",
        ScatterIn = "scatter_.src", Select = "select.int", Split = "split.Tensor", Squeeze = "squeeze", SqueezeDim = "squeeze.dim", Stack = "stack",
        Transposed = "t", ToDevice = "to.device", ToDtype = "to.dtype", View = "view";

    internal static readonly Op
        Arange = "arange.start_step", BernoulliP = "bernoulli_.float", Empty = "empty.memory_format", Full = "full", FullLike = "full_like",
        NormalIn = "normal_", Ones = "ones", OnesLike = "ones_like", Rand = "rand.generator", RandN = "randn.generator",
        RandPerm = "randperm.generator", UniformIn = "uniform_", Zeros = "zeros", ZerosLike = "zeros_like";

    internal static readonly Op
        BatchNorm = "batch_norm", CrossEntropy = "cross_entropy_loss", Dropout = "dropout", DropoutIn = "dropout_", Linear = "linear";
}
