using System.Reflection;
using System.Text.Json;
using FlipReg;
using FlipReg.Images;
using Microsoft.ML;
using SkiaSharp;
using static System.FormattableString;

namespace MLNet.FlipReg.Images;

/// <summary>
/// The images of training or validation rows: taken from their column, decoded in parallel some at a time, and held a byte a value. Of a column of paths the
/// paths are taken first: then a fit before this one may have decoded them.
/// </summary>
internal sealed class ImageFeatures : IDisposable
{
    /// <summary>Bytes that are decoded together, before they go to where they are held.</summary>
    private const int BytesTogether = 16 << 20;

    /// <summary>Problems that a message shows at most.</summary>
    private const int Shown = 3;

    private readonly ImageOptions _options;
    private readonly ImageColumnKind _kind;
    private readonly DataViewSchema.Column _column;
    private readonly string _what;
    private readonly Func<bool> _isCanceled;
    private readonly Action<string> _warn;
    private readonly ImageDecoding _decoding;
    private readonly PixelCollector _collector;
    private readonly List<ImageItem> _pending = [];
    private readonly List<long> _rowsOfPending = [];
    private readonly List<MissingImage> _missing = [];
    private readonly byte[] _planes;
    private Func<long, ImageItem>? _take;
    private int _taken;

    /// <param name="options">How images are read.</param>
    /// <param name="column">Their column.</param>
    /// <param name="expectedRows">How many there will be at most, as far as that is known.</param>
    /// <param name="what">"training" or "validation", for messages.</param>
    /// <param name="isCanceled">Polled between two decodings.</param>
    /// <param name="warn">Receives warnings.</param>
    public ImageFeatures(ImageOptions options, DataViewSchema.Column column, long? expectedRows, string what, Func<bool> isCanceled, Action<string> warn)
    {
        (_options, _column, _what, _isCanceled, _warn) = (options, column, what, isCanceled, warn);
        _kind = ImageColumnKinds.Of(column.Type, column.Name, options.Shape, nameof(column));
        _decoding = new ImageDecoding(options);
        var budget = options.MemoryMegabytes is { } megabytes ? (long)megabytes << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        _collector = new PixelCollector(options.Shape, expectedRows, budget, options.CacheDirectory ?? Path.GetTempPath());
        _planes = new byte[Math.Max(1, BytesTogether / options.Shape.Values) * options.Shape.Values];
    }

    private int Together => _planes.Length / _options.Shape.Values;

    /// <summary>Begins with a cursor.</summary>
    public void Open(DataViewRow cursor) => _take = ImageItemReader.Of(cursor, _column, _kind, _options.Shape);

    /// <summary>Takes the current row's image.</summary>
    /// <exception cref="InvalidOperationException">An image taken so far cannot be read, and that is an error.</exception>
    public void Take(long row)
    {
        _pending.Add(_take!(row));
        _rowsOfPending.Add(row);
        if (_kind != ImageColumnKind.Paths && _pending.Count == Together)
            DecodePending(0, _pending.Count);
    }

    /// <summary>Decodes what is left. Returns the images, in the caller's hands, and which of the rows taken have none.</summary>
    /// <exception cref="InvalidOperationException">An image cannot be read, and that is an error, or none can be read.</exception>
    public (PixelRows Rows, IReadOnlyList<MissingImage> Missing) Complete()
    {
        var cache = Cache();
        if (cache?.TryOpen(_options.Shape.Values) is { } kept)
        {
            _missing.AddRange(kept.Missing);
            Tell(kept.Rows + kept.Missing.Count);
            return (InMemory(kept), _missing);
        }

        var all = _pending.Count;
        for (var first = 0; first < all; first += Together)
            DecodePending(first, Math.Min(Together, all - first));

        if (_collector.Rows == 0)
            throw new InvalidOperationException(Invariant($"Column '{_column.Name}' must hold an image that can be read in at least one row of the {_what} data. Got none. {_missing[0].Problem}"));
        Tell(_taken);
        var images = _collector.ToRows();
        Keep(cache, images);
        return (images, _missing);
    }

    public void Dispose()
    {
        _decoding.Dispose();
        _collector.Dispose();
    }

    private PixelCache? Cache()
    {
        if (_options.CacheDirectory is not { } folder || _kind != ImageColumnKind.Paths)
            return null;
        try
        {
            return new PixelCache(folder, Fingerprint(), _pending.Cast<ImageItem.OfPath>().Select(item => item.Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _warn($"Images.CacheDirectory '{folder}' cannot be used, and images are decoded anew in each fit. Got: {e.Message}");
            return null;
        }
    }

    /// <summary>All that decoding depends on.</summary>
    private string Fingerprint() => JsonSerializer.Serialize(new
    {
        _options.Shape,
        _options.Resize,
        _options.Background,
        _options.MaximumPixels,
        _options.Unreadable,
        Library = typeof(ImageDecoder).Assembly.ManifestModule.ModuleVersionId,
        Codec = typeof(SKCodec).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
    });

    private void Keep(PixelCache? cache, PixelRows images)
    {
        try
        {
            cache?.Keep(images, _missing);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The fit has its images; only the next one will not find them.
            _warn($"The decoded images cannot be kept in Images.CacheDirectory '{_options.CacheDirectory}'. Got: {e.Message} Free some room, or name another folder.");
        }
    }

    /// <summary>Images that were kept, in memory where they fit.</summary>
    private PixelRows InMemory(PixelFile kept)
    {
        var rows = new PixelRows(kept, _options.Shape);
        if ((long)rows.Rows * rows.Width > _collector.MemoryBytes)
            return rows;
        using (rows)
        {
            for (var row = 0; row < rows.Rows; row++)
            {
                rows.Copy(row, _planes.AsSpan(0, rows.Width));
                _collector.Add(_planes.AsSpan(0, rows.Width));
            }
        }

        return _collector.ToRows();
    }

    private void DecodePending(int first, int count)
    {
        if (_isCanceled())
            throw new OperationCanceledException(Invariant($"Training was canceled while decoding the images of the {_what} data, after {_taken}."));
        var problems = _decoding.Decode(_pending.GetRange(first, count), _planes);
        for (var i = 0; i < count; i++)
        {
            if (problems[i] is { } problem)
                Miss(problem, _rowsOfPending[first + i]);
            else
                _collector.Add(_planes.AsSpan(i * _options.Shape.Values, _options.Shape.Values));
            _taken++;
        }

        if (_kind == ImageColumnKind.Paths)
            return;
        _pending.Clear();
        _rowsOfPending.Clear();
    }

    private void Miss(UnreadableImageException problem, long row)
    {
        if (_options.Unreadable == UnreadableImages.Error)
            throw new InvalidOperationException(Invariant($"{problem.Message} It belongs to row {row} (counted from 0) of the {_what} data as given to the trainer; to leave such rows out, set Images.Unreadable = UnreadableImages.Skip."), problem);
        _missing.Add(new MissingImage(_taken, problem.Message));
    }

    private void Tell(int rows)
    {
        if (_missing.Count > 0)
            _warn(Invariant($"Skipped {_missing.Count} of {rows} rows of the {_what} data, whose images cannot be read: {string.Join(" ", _missing.Take(Shown).Select(m => m.Problem))}{(_missing.Count > Shown ? " …" : "")}"));
    }
}
