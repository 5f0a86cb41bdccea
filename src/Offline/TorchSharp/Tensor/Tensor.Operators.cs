using TorchSharp.Interop;

#nullable enable
namespace TorchSharp;

public static partial class torch
{
#pragma warning disable CS0660, CS0661 // Equals and GetHashCode stand in Tensor.cs.
    public partial class Tensor
#pragma warning restore CS0660, CS0661
    {
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator +(Tensor left, long right) => Ops.Add.Call(left, right);
        public static Tensor operator +(Tensor left, double right) => Ops.Add.Call(left, right);
        public static Tensor operator +(long left, Tensor right) => right + left;
        public static Tensor operator +(double left, Tensor right) => right + left;

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator *(Tensor left, long right) => Ops.Mul.Call(left, right);
        public static Tensor operator *(Tensor left, double right) => Ops.Mul.Call(left, right);
        public static Tensor operator *(long left, Tensor right) => right * left;
        public static Tensor operator *(double left, Tensor right) => right * left;

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Scalar left, Tensor right) => Ops.RSub.Call(right, left);
        public static Tensor operator -(Tensor left, long right) => Ops.Sub.Call(left, right);
        public static Tensor operator -(Tensor left, double right) => Ops.Sub.Call(left, right);
        public static Tensor operator -(long left, Tensor right) => Ops.RSub.Call(right, left);
        public static Tensor operator -(double left, Tensor right) => Ops.RSub.Call(right, left);
        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator /(Scalar left, Tensor right)
        {
            using var inverse = right.reciprocal();
            return inverse.mul(left);
        }
        public static Tensor operator /(Tensor left, long right) => Ops.Div.Call(left, right);
        public static Tensor operator /(Tensor left, double right) => Ops.Div.Call(left, right);
        public static Tensor operator /(long left, Tensor right) => (Scalar)left / right;
        public static Tensor operator /(double left, Tensor right) => (Scalar)left / right;

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);
        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);
        public static Tensor operator %(Tensor left, long right) => Ops.Remainder.Call(left, right);

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);
        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);
        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);
        public static Tensor operator ~(Tensor left) => left.bitwise_not();

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);
        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);
        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);
        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);
        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);
        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);
        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);
        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);
        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);
        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);
        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);
        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);
        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);
        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);
        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);
        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);
        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);
        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);

        public static implicit operator Tensor(int value) => tensor(value);
        public static implicit operator Tensor(long value) => tensor(value);
        public static implicit operator Tensor(float value) => tensor(value);
        public static implicit operator Tensor(double value) => tensor(value);
        public static implicit operator Tensor(bool value) => tensor(value);

        // It only settles overload resolution: a number that could be either is a Scalar.
        public static implicit operator Tensor(Scalar scalar) => throw new InvalidOperationException("Should not be called.");

        public static explicit operator float(Tensor value) => value.ToSingle();
        public static explicit operator double(Tensor value) => value.ToDouble();
        public static explicit operator int(Tensor value) => value.ToInt32();
        public static explicit operator long(Tensor value) => value.ToInt64();
    }
}
