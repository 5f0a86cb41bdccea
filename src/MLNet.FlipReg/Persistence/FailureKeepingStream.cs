using System.Runtime.ExceptionServices;

namespace MLNet.FlipReg.Persistence;

/// <summary>Writes to another stream and remembers what failed: ML.NET ends a zip in a Dispose that swallows every exception.</summary>
internal sealed class FailureKeepingStream(Stream inner) : Stream
{
    private ExceptionDispatchInfo? _failure;

    public override bool CanRead => false;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => Keep(() => inner.Position = value);
    }

    /// <summary>Throws what the first call that failed threw.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    public override void Flush() => Keep(inner.Flush);

    public override long Seek(long offset, SeekOrigin origin)
    {
        Keep(() => inner.Seek(offset, origin));
        return inner.Position;
    }

    public override void SetLength(long value) => Keep(() => inner.SetLength(value));

    public override void Write(byte[] buffer, int offset, int count) => Keep(() => inner.Write(buffer, offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is for writing.");

    private void Keep(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }
}
