namespace TorchSharp.Interop;

/// <summary>The operators in use, by their names in ATen's native_functions.yaml.</summary>
internal static class Ops
{
    internal static readonly Op
        Abs = "abs", Add = "add.Tensor", AddIn = "add_.Tensor",
        AddCDiv = "addcdiv", AddCDivIn = "addcdiv_", AddCMul = "addcmul", AddCMulIn = "addcmul_", AddMM = "addmm",
        BitAnd = "bitwise_and.Tensor", BitNot = "bitwise_not", BitOr = "bitwise_or.Tensor", BitXor = "bitwise_xor.Tensor",
        Clamp = "clamp", ClampIn = "clamp_", ClampTensor = "clamp.Tensor", ClampTensorIn = "clamp_.Tensor",
        ClampMin = "clamp_min",
        Div = "div.Tensor", DivIn = "div_.Tensor",
        DivMode = "div.Tensor_mode", DivModeIn = "div_.Tensor_mode",
        Eq = "eq.Tensor", Exp = "exp", Floor = "floor", FloorIn = "floor_", FillIn = "fill_.Scalar",
        Ge = "ge.Tensor", Gt = "gt.Tensor", IsFinite = "isfinite", IsNan = "isnan",
        Le = "le.Tensor", Lerp = "lerp.Tensor", Log = "log",
        LogicalAnd = "logical_and", LogicalNot = "logical_not",
        LogicalOr = "logical_or", Lt = "lt.Tensor",
        Maximum = "maximum", Minimum = "minimum", Mul = "mul.Tensor", MulIn = "mul_.Tensor",
        Ne = "ne.Tensor", Neg = "neg", NegIn = "neg_", Pow = "pow.Tensor_Tensor", PowScalar = "pow.Tensor_Scalar",
        Reciprocal = "reciprocal", Relu = "relu", ReluIn = "relu_",
        Remainder = "remainder.Tensor", Round = "round.decimals", RSub = "rsub.Scalar",
        Sigmoid = "sigmoid", Sqrt = "sqrt", Square = "square", Sub = "sub.Tensor",
        SubIn = "sub_.Tensor", Tanh = "tanh", Where = "where.self", ZeroIn = "zero_";

    internal static readonly Op
        All = "all", AllDim = "all.dim", AllClose = "allclose", Any = "any", AnyDim = "any.dim", ArgMax = "argmax",
        ArgSort = "argsort", BinCount = "bincount", CumSum = "cumsum", EqualAll = "equal",
        LocalScalar = "_local_scalar_dense", LogSoftmax = "log_softmax.int", LogSumExp = "logsumexp", Max = "max", MaxDim = "max.dim",
        Mean = "mean", MeanDim = "mean.dim", Min = "min", MinDim = "min.dim", Norm = "norm.Scalar", NormDim = "norm.ScalarOpt_dim",
        Softmax = "softmax.int", Sort = "sort", SortStable = "sort.stable", Std = "std", Sum = "sum", SumDim = "sum.dim_IntList", TopK = "topk", Var = "var",
        VarDim = "var.dim";

    internal static readonly Op
        Cat = "cat", Clone = "clone", Contiguous = "contiguous", CopyIn = "copy_", Detach = "detach",
        Expand = "expand", Flatten = "flatten.using_ints", Flip = "flip", Gather = "gather",
        IndexAddIn = "index_add_", IndexCopyIn = "index_copy_",
 IndexSelect = "index_select", MaskedFill = "masked_fill.Scalar", MaskedFillIn = "masked_fill_.Scalar",
        MaskedSelect = "masked_select", MatMul = "matmul", MM = "mm", Narrow = "narrow", NonZero = "nonzero", OneHot = "one_hot",
        Permute = "permute", PinMemory = "pin_memory", Reshape = "reshape",
        ScatterIn = "scatter_.src", ScatterAddIn = "scatter_add_",
        Select = "select.int", Slice = "slice.Tensor", Split = "split.Tensor",
        SplitSizes = "split_with_sizes", Squeeze = "squeeze", SqueezeDim = "squeeze.dim", Stack = "stack", Transposed = "t",
        ToDevice = "to.device", ToDtype = "to.dtype", Transpose = "transpose.int", Unbind = "unbind.int", Unsqueeze = "unsqueeze",
        View = "view";

    internal static readonly Op
        Arange = "arange.start_step", BernoulliP = "bernoulli_.float", BernoulliTensor = "bernoulli_.Tensor", Empty = "empty.memory_format", Eye = "eye.m",
        FromFile = "from_file", Full = "full", FullLike = "full_like", Linspace = "linspace", NormalIn = "normal_", Ones = "ones",
        OnesLike = "ones_like", Rand = "rand.generator", RandIntLow = "randint.low_generator", RandN = "randn.generator", RandPerm = "randperm.generator",
        UniformIn = "uniform_", Zeros = "zeros", ZerosLike = "zeros_like", EmptyLike = "empty_like";

    internal static readonly Op
        BatchNorm = "batch_norm", CrossEntropy = "cross_entropy_loss", Dropout = "dropout", DropoutIn = "dropout_", KlDiv = "kl_div", Linear = "linear",
        MseLoss = "mse_loss", NllLoss = "nll_loss_nd";
}
