using FlipReg.Data;
using static TorchSharp.torch;

namespace FlipReg.Images;

/// <summary>Gives a network the images of a table, some at a time, as normalized rows on its device. Tensors come in the caller's dispose scope.</summary>
internal sealed unsafe class PixelBatches : IDisposable
{
    private readonly PixelRows _rows;
    private readonly Device _device;
    private readonly Tensor? _onDevice;
    private readonly Tensor _factors;
    private readonly Tensor _offsets;

    /// <param name="rows">The images.</param>
    /// <param name="scaling">Their normalization.</param>
    /// <param name="device">Where batches are wanted.</param>
    public PixelBatches(PixelRows rows, PixelScaling scaling, Device device)
    {
        (_rows, _device) = (rows, device);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (_factors, _offsets) = scaling.ToTensors(device);
        _factors.DetachFromDisposeScope();
        _offsets.DetachFromDisposeScope();
        // On the CPU, rows are copied from where they are.
        _onDevice = device.type == TorchSharp.DeviceType.CPU ? null : Upload(rows, device)?.DetachFromDisposeScope();
    }

    private ImageShape Shape => _rows.Shape;

    /// <summary>Images as bytes, n × C × H × W.</summary>
    /// <param name="hostRows">Their numbers.</param>
    /// <param name="deviceRows">The same numbers on the device.</param>
    /// <param name="count">How many.</param>
    public Tensor Bytes(long* hostRows, Tensor deviceRows, int count)
    {
        if (_onDevice is not null)
            return _onDevice.index_select(0, deviceRows).view(count, Shape.Channels, Shape.Height, Shape.Width);
        var bytes = empty([count, Shape.Channels, Shape.Height, Shape.Width], dtype: uint8);
        _rows.Copy(hostRows, count, HostReads.Address<byte>(bytes));
        return bytes.to(_device);
    }

    /// <summary>Consecutive images, normalized: n × C·H·W.</summary>
    public Tensor Normalized(long first, int count)
    {
        using var scope = NewDisposeScope();
        Tensor bytes;
        if (_onDevice is not null)
        {
            bytes = _onDevice.narrow(0, first, count);
        }
        else
        {
            bytes = empty([count, Shape.Values], dtype: uint8);
            var address = HostReads.Address<byte>(bytes);
            for (var i = 0; i < count; i++)
                _rows.Copy((int)first + i, new Span<byte>(address + ((long)i * Shape.Values), Shape.Values));
            bytes = bytes.to(_device);
        }

        return Normalize(bytes).MoveToOuterDisposeScope();
    }

    /// <summary>Normalizes images, bytes or numbers from 0 to 255, in one operation: n × C·H·W.</summary>
    public Tensor Normalize(Tensor images) =>
        _offsets.addcmul(images.view(images.shape[0], Shape.Channels, -1), _factors, Keep(1.0)).view(images.shape[0], -1);

    public void Dispose()
    {
        _onDevice?.Dispose();
        _factors.Dispose();
        _offsets.Dispose();
    }

    /// <summary>The images on a device, where they fit; else they go there batch by batch.</summary>
    private static Tensor? Upload(PixelRows rows, Device device)
    {
        try
        {
            return rows.To(device);
        }
        catch (Exception e) when (NativeMemoryErrors.IsOne(e))
        {
            return null;
        }
    }
}
