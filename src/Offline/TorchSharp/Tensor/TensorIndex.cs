using System.Runtime.CompilerServices;
using TorchSharp.Interop;

#nullable enable
namespace TorchSharp;

public static partial class torch
{
    public struct TensorIndex
    {
        internal enum Sort { None, Single, Slice, Tensor, Ellipsis }

        internal Sort Kind;
        internal long? Start;
        internal long? Stop;
        internal long? Step;
        internal Tensor? Indices;

        public static TensorIndex Ellipsis = new() { Kind = Sort.Ellipsis };
        public static TensorIndex None = new() { Kind = Sort.None };
        public static TensorIndex Colon = Slice();

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Kind = Sort.Slice, Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice(Range range) =>
            Slice(range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
                !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

        public static TensorIndex Single(long? index) => new() { Kind = Sort.Single, Start = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { Kind = Sort.Tensor, Indices = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
    }

    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set
            {
                using var place = select(0, i1);
                place.copy_(value);
            }
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get
            {
                using var row = select(0, i1);
                return row.select(0, i2);
            }
            set
            {
                using var place = this[i1, i2];
                place.copy_(value);
            }
        }

        public Tensor index(params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            var (view, tensors) = View(indices);
            return (tensors.Length == 0 ? view.alias() : Waiting(tensors, Ops.Index.Call(view, Arg.Optional(tensors)))).MoveToOuterDisposeScope();
        }

        public Tensor index(params Tensor[] indices) => index(Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            var (view, tensors) = View(indices);
            if (tensors.Length == 0)
                view.copy_(value);
            else
                Waiting(tensors, Ops.IndexPutIn.Mutate(view, Arg.Optional(tensors), value));
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));

        /// <summary>Numbers and slices make a view; what is left are the index tensors by dimension of it, null where there is none.</summary>
        private (Tensor view, Tensor[] tensors) View(TensorIndex[] indices)
        {
            var view = this;
            var tensors = new List<Tensor>();
            var dim = 0;
            for (var k = 0; k < indices.Length; k++)
            {
                var index = indices[k];
                switch (index.Kind)
                {
                    case TensorIndex.Sort.Single when index.Start is { } place:
                        view = view.select(dim, place);
                        break;
                    case TensorIndex.Sort.Slice:
                        view = Ops.Slice.Call(view, dim++, index.Start, index.Stop, index.Step ?? 1);
                        break;
                    case TensorIndex.Sort.Ellipsis:
                        dim += (int)view.ndim - dim - Array.FindAll(indices[(k + 1)..], Consumes).Length;
                        break;
                    case TensorIndex.Sort.Tensor:
                        while (tensors.Count < dim)
                            tensors.Add(null!);
                        tensors.Add(index.Indices!);
                        dim += index.Indices!.dtype == ScalarType.Bool ? (int)index.Indices.ndim : 1;
                        break;
                    default:
                        view = view.unsqueeze(dim++);
                        break;
                }
            }
            return (view, [.. tensors]);
        }

        private static bool Consumes(TensorIndex index) =>
            index.Kind is TensorIndex.Sort.Slice or TensorIndex.Sort.Tensor || (index.Kind == TensorIndex.Sort.Single && index.Start is not null);

        private static Tensor Waiting(Tensor[] indices, Tensor result) =>
            Array.Exists(indices, index => index is not null && index.dtype is ScalarType.Bool or ScalarType.Byte) ? Waiting(result) : result;
    }
}
