namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static class init
        {
            public enum FanInOut { FanIn, FanOut }

            public enum NonlinearityType
            {
                Linear = 0, Conv1D = 1, Conv2D = 2, Conv3D = 3, ConvTranspose1D = 4, ConvTranspose2D = 5, ConvTranspose3D = 6, Sigmoid = 7, Tanh = 8,
                ReLU = 9, LeakyReLU = 10,
            }

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator generator = null)
            {
                using var noGrad = no_grad();
                return tensor.uniform_(low, high, generator);
            }

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var gain = nonlinearity switch
                {
                    NonlinearityType.Tanh => 5.0 / 3,
                    NonlinearityType.ReLU => Math.Sqrt(2),
                    NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + a * a)),
                    _ => 1,
                };
                var bound = Math.Sqrt(3) * gain / Math.Sqrt(Fan(tensor, mode == FanInOut.FanIn ? 1 : 0));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Connections into (1) or out of (0) a unit.</summary>
            private static long Fan(Tensor tensor, int dim) => tensor.ndim >= 2
                ? tensor.shape[dim] * tensor.shape.Skip(2).TotalSize()
                : throw new ArgumentException("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
        }
    }
}
