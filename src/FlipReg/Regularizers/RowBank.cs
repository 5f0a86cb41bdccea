using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Regularizers;

/// <summary>Rows × K values that a method remembers, at first 0: on the device, in host memory or in a mapped file, in float32 or float16.</summary>
internal sealed class RowBank
{
    private readonly bool _onHost;

    private RowBank(Tensor values, bool onHost) => (Values, _onHost) = (values, onHost);

    /// <summary>The values, rows × K: state of the method, which disposes them.</summary>
    public Tensor Values { get; }

    /// <summary>Makes as many banks as a method has.</summary>
    /// <param name="what">What messages call them.</param>
    /// <param name="count">Number of banks.</param>
    /// <param name="options">How they are kept.</param>
    /// <param name="context">The fit.</param>
    /// <exception cref="InvalidOperationException">There is no room for them.</exception>
    public static RowBank[] Create(string what, int count, BankOptions options, RegularizerContext context)
    {
        var type = options.Precision == BankPrecision.Half ? float16 : float32;
        var size = type == float16 ? 2 : 4;
        long[] shape = [context.Rows, context.Classes];
        var bytes = (long)context.Rows * context.Classes * size;
        var storage = options.Storage != BankStorage.Auto ? options.Storage
            : bytes * count * context.Members <= options.BudgetMiB << 20 ? BankStorage.Device : BankStorage.MemoryMapped;
        if (storage == BankStorage.MemoryMapped)
        {
            var folder = options.Directory ?? Path.GetTempPath();
            return [.. Enumerable.Range(0, count).Select(_ => new RowBank(MappedFile.Create(what, folder, shape, type, bytes, context), true))];
        }

        var smaller = options.Precision == BankPrecision.Half ? "" : ", Precision = Half";
        context.RequireRoom(what, count * bytes, FormattableString.Invariant($"Use fewer rows or classes, a Bank with Storage = MemoryMapped{smaller}, or CrossEntropy, which keeps no state."));
        var device = storage == BankStorage.Host ? CPU : context.Device;
        return [.. Enumerable.Range(0, count).Select(_ => new RowBank(zeros(shape, dtype: type, device: device), storage == BankStorage.Host))];
    }

    /// <summary>The values of a batch's rows, n×K, in float32 on the device, by columns.</summary>
    public Tensor Read(Batch batch)
    {
        var rows = Values.index_select(0, _onHost ? batch.HostRowIds : batch.RowIds);
        if (_onHost)
            rows = rows.to(batch.RowIds.device);
        return SoftTargets.ByColumns(rows.to(float32));
    }

    /// <summary>Sets the values of a batch's rows, n×K.</summary>
    public void Write(Batch batch, Tensor values)
    {
        var rows = values.to(Values.dtype);
        Values.index_copy_(0, _onHost ? batch.HostRowIds : batch.RowIds, _onHost ? HostReads.OnHost(rows) : rows);
    }
}
