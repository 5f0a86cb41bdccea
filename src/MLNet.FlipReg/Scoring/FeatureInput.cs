using FlipReg;
using FlipReg.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.FlipReg.Images;

namespace MLNet.FlipReg.Scoring;

/// <summary>Takes the features of rows out of their column and into a batch: vectors at once, images decoded in parallel when the batch is complete.</summary>
internal abstract class FeatureInput : IDisposable
{
    /// <summary>The input of some rows.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="row">The rows.</param>
    /// <param name="batch">Receives the features.</param>
    public static FeatureInput Of(FeatureSchema schema, DataViewRow row, FeatureBatch batch) =>
        schema.Images is null ? new Vectors(schema, row, batch) : new Images(schema, row, batch, schema.Images);

    /// <summary>Takes the current row's features.</summary>
    /// <param name="position">The row's number, for messages.</param>
    public abstract void Read(long position);

    /// <summary>Completes the rows that were read since the last call.</summary>
    /// <returns>How many of them are good, and what is wrong with the next one.</returns>
    public virtual (int Good, Exception? Failure) Complete() => (int.MaxValue, null);

    public virtual void Dispose()
    {
    }

    private sealed class Vectors(FeatureSchema schema, DataViewRow row, FeatureBatch batch) : FeatureInput
    {
        private readonly ValueGetter<VBuffer<float>> _getter = schema.Features.Getter(row);
        private VBuffer<float> _features;

        public override void Read(long position)
        {
            _getter(ref _features);
            batch.Add(_features, schema.Features.All[0].Name);
        }
    }

    private sealed class Images : FeatureInput
    {
        private readonly ImageDecoding _decoding;
        private readonly Func<long, ImageItem> _take;
        private readonly FeatureBatch _batch;
        private readonly float[] _values;
        private readonly bool _skips;
        private readonly List<(ImageItem Item, int Row, long Position)> _read = [];
        private byte[] _planes = [];

        public Images(FeatureSchema schema, DataViewRow row, FeatureBatch batch, ImageInput images)
        {
            (_batch, _decoding, _skips) = (batch, new ImageDecoding(images.Options), images.Options.Unreadable == UnreadableImages.Skip);
            _take = ImageItemReader.Of(row, schema.Features.One, schema.ImageKind, images.Options.Shape);
            var scaling = PixelScaling.Of(schema.Encoder, images.Options.Shape);
            // What a byte of each channel becomes, as the encoder computes it.
            _values = [.. scaling.Shifts.Zip(scaling.Scales).SelectMany(c => Enumerable.Range(0, 256).Select(value => (value - c.First) * c.Second))];
        }

        private int Width => _decoding.Rules.Shape.Values;

        public override void Read(long position) => _read.Add((_take(position), _batch.Reserve(), position));

        public override (int Good, Exception? Failure) Complete()
        {
            if (_planes.Length < _read.Count * Width)
                _planes = new byte[_read.Count * Width];
            var problems = _decoding.Decode(_read.ConvertAll(read => read.Item), _planes);
            (int Good, Exception? Failure) result = (int.MaxValue, null);
            for (var i = 0; i < problems.Length && result.Failure is null; i++)
            {
                var row = _batch.Row(_read[i].Row);
                if (problems[i] is not { } problem)
                    Scale(_planes.AsSpan(i * Width, Width), row);
                else if (_skips)
                    row.Fill(float.NaN);
                else
                    result = (i, new InvalidOperationException(FormattableString.Invariant($"{problem.Message} It belongs to row {_read[i].Position} (counted from 0) of the data to score; to get scores that are not numbers for such rows, train with Images.Unreadable = UnreadableImages.Skip."), problem));
            }

            _read.Clear();
            return result;
        }

        public override void Dispose() => _decoding.Dispose();

        private void Scale(ReadOnlySpan<byte> planes, Span<float> row)
        {
            var pixels = Width / _decoding.Rules.Shape.Channels;
            for (var c = 0; c < _decoding.Rules.Shape.Channels; c++)
            {
                var values = _values.AsSpan(c * 256, 256);
                var (from, to) = (c * pixels, (c + 1) * pixels);
                for (var i = from; i < to; i++)
                    row[i] = values[planes[i]];
            }
        }
    }
}
