#nullable enable
namespace TorchSharp;

// Element by element, and matrix products. An in-place method returns this very object.
public static partial class torch
{
    public enum RoundingMode { None, trunc, floor }

    public partial class Tensor
    {
        public Tensor abs() => Ops.Abs.Call(this);
        public Tensor add(Tensor target) => Ops.Add.Call(this, target);
        public Tensor add(Scalar scalar) => Ops.Add.Call(this, scalar);
        public Tensor add_(Tensor target) => Ops.AddIn.Mutate(this, target);
        public Tensor add_(Scalar scalar) => Ops.AddIn.Mutate(this, scalar);
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Ops.AddCMul.Call(this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Ops.AddCMulIn.Mutate(this, tensor1, tensor2, value);
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Ops.Clamp.Call(this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Ops.ClampIn.Mutate(this, min, max);
        public Tensor clamp_min(Scalar min) => Ops.ClampMin.Call(this, min);
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? Ops.Div.Call(this, target) : Ops.DivMode.Call(this, target, rounding_mode.ToString());
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? Ops.DivIn.Mutate(this, target) : Ops.DivModeIn.Mutate(this, target, rounding_mode.ToString());
        public Tensor eq(Tensor target) => Ops.Eq.Call(this, target);
        public Tensor eq(Scalar target) => Ops.Eq.Call(this, target);
        public Tensor exp() => Ops.Exp.Call(this);
        public Tensor fill_(Scalar value) => Ops.FillIn.Mutate(this, value);
        public Tensor floor_() => Ops.FloorIn.Mutate(this);
        public Tensor ge(Scalar target) => Ops.Ge.Call(this, target);
        public Tensor gt(Tensor target) => Ops.Gt.Call(this, target);
        public Tensor gt(Scalar target) => Ops.Gt.Call(this, target);
        public Tensor isfinite() => Ops.IsFinite.Call(this);
        public Tensor le(Scalar target) => Ops.Le.Call(this, target);
        public Tensor log() => Ops.Log.Call(this);
        public Tensor logical_and(Tensor other) => Ops.LogicalAnd.Call(this, other);
        public Tensor logical_not() => Ops.LogicalNot.Call(this);
        public Tensor logical_or(Tensor other) => Ops.LogicalOr.Call(this, other);
        public Tensor lt(Scalar target) => Ops.Lt.Call(this, target);
        public Tensor matmul(Tensor target) => Ops.MatMul.Call(this, target);
        public Tensor maximum(Tensor other) => Ops.Maximum.Call(this, other);
        public Tensor minimum(Tensor other) => Ops.Minimum.Call(this, other);
        public Tensor mm(Tensor target) => Ops.MM.Call(this, target);
        public Tensor mul(Tensor target) => Ops.Mul.Call(this, target);
        public Tensor mul(Scalar target) => Ops.Mul.Call(this, target);
        public Tensor mul_(Tensor target) => Ops.MulIn.Mutate(this, target);
        public Tensor mul_(Scalar target) => Ops.MulIn.Mutate(this, target);
        public Tensor neg() => Ops.Neg.Call(this);
        public Tensor pow(Scalar exponent) => Ops.PowScalar.Call(this, exponent);
        public Tensor relu() => Ops.Relu.Call(this);
        public Tensor relu_() => Ops.ReluIn.Mutate(this);
        public Tensor remainder(Scalar scalar) => Ops.Remainder.Call(this, scalar);
        public Tensor sigmoid() => Ops.Sigmoid.Call(this);
        public Tensor sqrt() => Ops.Sqrt.Call(this);
        public Tensor square() => Ops.Square.Call(this);
        public Tensor sub(Tensor target) => Ops.Sub.Call(this, target);
        public Tensor sub_(Scalar target) => Ops.SubIn.Mutate(this, target);
        public Tensor tanh() => Ops.Tanh.Call(this);
        public Tensor where(Tensor condition, Tensor y) =>
            condition.dtype == ScalarType.Bool ? Ops.Where.Call(condition, this, y) : throw new ArgumentException("The condition to 'where' must be a boolean tensor.");

        // Unlike the others, the real one returns a new object.
        public Tensor zero_() => Ops.ZeroIn.Call(this);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Ops.BernoulliP.Mutate(this, p, generator);
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Ops.NormalIn.Mutate(this, mean, std, generator);
        public Tensor uniform_(double from, double to, Generator? generator = null) => Ops.UniformIn.Mutate(this, from, to, generator);
    }
}
