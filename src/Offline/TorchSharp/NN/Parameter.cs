using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}

namespace TorchSharp.Modules
{
    public class Parameter : Tensor
    {
        // Takes the tensor over: what was given is empty afterwards.
        public Parameter(Tensor data, bool requires_grad = true) : base(data.with_requires_grad(requires_grad).MoveHandle())
        {
        }

        private Parameter(nint handle) : base(handle)
        {
        }

        /// <summary>Another object for the same parameter, as the real getters of weight and bias return.</summary>
        internal Parameter Shared() => new(td_share(Handle));
    }
}
