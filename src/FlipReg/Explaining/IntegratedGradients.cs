using FlipReg.Data;
using FlipReg.Networks;
using static TorchSharp.torch;

namespace FlipReg.Explaining;

/// <summary>
/// Integrated gradients (Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, equation 1): what each column of a row
/// contributes to the difference of one logit between the row x and a baseline b,
/// (xᵢ − bᵢ)·∫₀¹ ∂z(b + t·(x − b))/∂xᵢ dt. The contributions of a row sum to z(x) − z(b).
/// </summary>
/// <remarks>
/// The path is cut into segments, each weighed by the gradient at its middle. How far the logit really rises over both halves of a segment tells how
/// wrong that is, at no cost; a segment that is too wrong is halved. A network of ReLUs is piecewise linear: only the segments with a kink are.
/// This suits a logit that goes up and down
/// again better than a fixed number of steps.
/// </remarks>
internal static class IntegratedGradients
{
    /// <summary>Segments of a path to begin with.</summary>
    internal const int FirstSegments = 16;

    /// <summary>How often a segment may be halved.</summary>
    internal const int MaximumHalvings = 12;

    /// <summary>Segments of a path that may wait to be halved: of a path so rough that more would, all are taken as they are.</summary>
    internal const int MaximumSegments = 1024;

    /// <summary>How often a path is gone along, each time with a quarter of the tolerance, where many small errors add up to more than it.</summary>
    private const int Attempts = 3;

    /// <summary>What Single rounds in the difference of two logits, of their size: no segment is halved for less.</summary>
    private const double RoundOff = 1e-7;

    /// <summary>Values that the network gives for the points of one pass at most (16 MiB of Single, twice with the gradients).</summary>
    private const long MaximumValues = 1 << 22;

    private const int MaximumPoints = 4096;

    /// <summary>Explains rows. Called on a thread whose thread count is set.</summary>
    /// <param name="network">A network in evaluation mode.</param>
    /// <param name="rows">The rows, n×d, on the network's device: as <see cref="Network.Continuous"/> makes them.</param>
    /// <param name="baseline">The baseline, 1×d, there too.</param>
    /// <param name="explainedClass">The class whose logit is explained; null for each row's class of the highest logit.</param>
    /// <param name="tolerance">How far contributions may be from the difference, relative to it.</param>
    /// <returns>Contributions on the host, n×d, and what else is to be said of the rows. NaN where a row's difference is not finite.</returns>
    public static RowExplanations Explain(Network network, Tensor rows, Tensor baseline, int? explainedClass, double tolerance)
    {
        using var scope = NewDisposeScope();
        var paths = new Paths(network, rows, baseline, explainedClass);
        var first = paths.FirstSegments();
        var rest = first;
        for (var (attempt, share) = (0, tolerance); rest.Count > 0 && attempt < Attempts; (attempt, share) = (attempt + 1, share / 4))
        {
            paths.Forget(rest);
            for (var halvings = 0; rest.Count > 0; halvings++)
                rest = paths.Add(rest, share, mayHalve: halvings < MaximumHalvings);
            rest = paths.Missed(first, tolerance);
        }

        return paths.Result();
    }

    /// <summary>Points of one pass at most.</summary>
    internal static int PointsAtOnce(Network network) =>
        (int)Math.Clamp(MaximumValues / ((4L * network.Width) + network.Spec.RowValues()), 1, MaximumPoints);

    /// <summary>A part of a row's path, with the logit at its ends.</summary>
    private readonly record struct Segment(int Row, float Start, float Length, float LogitAtStart, float LogitAtEnd);

    /// <summary>The straight lines from the baseline to the rows.</summary>
    private sealed class Paths
    {
        private readonly Network _network;
        private readonly Tensor _baseline;
        private readonly Tensor _ways;
        private readonly Tensor _classes;
        private readonly Tensor _contributions;
        private readonly int[] _classOfRow;
        private readonly float[] _startOfRow;
        private readonly float[] _endOfRow;
        private readonly int[] _segmentsOfRow;
        private readonly int _points;

        public Paths(Network network, Tensor rows, Tensor baseline, int? explainedClass)
        {
            using var noGrad = no_grad();
            (_network, _baseline, _points) = (network, baseline, PointsAtOnce(network));
            var (count, classes) = ((int)rows.shape[0], network.Classes);
            _ways = rows.sub(baseline);
            _contributions = zeros_like(rows);
            var atStart = network.ForwardContinuous(baseline).ToHost<float>();
            var atEnd = network.ForwardContinuous(rows).contiguous().ToHost<float>();
            _classOfRow = new int[count];
            (_startOfRow, _endOfRow, _segmentsOfRow) = (new float[count], new float[count], new int[count]);
            for (var row = 0; row < count; row++)
            {
                var logits = atEnd.AsSpan(row * classes, classes);
                var chosen = explainedClass ?? Highest(logits);
                _classOfRow[row] = chosen;
                (_startOfRow[row], _endOfRow[row]) = chosen < 0 ? (float.NaN, float.NaN) : (atStart[chosen], logits[chosen]);
            }

            _classes = tensor(Array.ConvertAll(_classOfRow, c => (long)Math.Max(c, 0))).to(rows.device);
        }

        /// <summary>Equal segments of the paths whose logits are finite.</summary>
        public List<Segment> FirstSegments()
        {
            const int Ends = IntegratedGradients.FirstSegments;
            var rows = Enumerable.Range(0, _classOfRow.Length).Where(IsFinite).ToArray();
            var inner = rows.SelectMany(row => Enumerable.Range(1, Ends - 1).Select(i => (Row: row, At: (float)i / Ends))).ToArray();
            var logits = new float[inner.Length];
            for (var first = 0; first < inner.Length; first += _points)
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var points = inner.AsSpan(first, Math.Min(_points, inner.Length - first)).ToArray();
                var row = Indices(Array.ConvertAll(points, p => p.Row));
                LogitsAt(row, PointsAt(row, Array.ConvertAll(points, p => p.At))).CopyToHost(logits.AsSpan(first, points.Length));
            }

            var segments = new List<Segment>(rows.Length * Ends);
            for (var i = 0; i < rows.Length; i++)
            {
                for (var k = 0; k < Ends; k++)
                {
                    segments.Add(new Segment(rows[i], (float)k / Ends, 1f / Ends,
                        k == 0 ? _startOfRow[rows[i]] : logits[(i * (Ends - 1)) + k - 1], k == Ends - 1 ? _endOfRow[rows[i]] : logits[(i * (Ends - 1)) + k]));
                }
            }

            return segments;
        }

        /// <summary>Starts the rows of first segments anew.</summary>
        public void Forget(List<Segment> first)
        {
            using var scope = NewDisposeScope();
            var rows = first.Select(s => s.Row).Distinct().ToArray();
            foreach (var row in rows)
                _segmentsOfRow[row] = IntegratedGradients.FirstSegments;
            _contributions.index_fill_(0, Indices(rows), Keep(0.0));
        }

        /// <summary>The first segments of the rows whose contributions miss the difference by more than is tolerated.</summary>
        public List<Segment> Missed(List<Segment> first, double tolerance)
        {
            using var scope = NewDisposeScope();
            var sums = _contributions.sum(1, type: float64).ToHost<double>();
            return first.FindAll(s =>
            {
                var difference = (double)_endOfRow[s.Row] - _startOfRow[s.Row];
                return Math.Abs(sums[s.Row] - difference) > tolerance * Math.Abs(difference);
            });
        }

        /// <summary>Adds the segments that are good enough, and returns the halves of the others.</summary>
        public List<Segment> Add(List<Segment> segments, double tolerance, bool mayHalve)
        {
            var waiting = new int[_classOfRow.Length];
            foreach (var segment in segments)
                waiting[segment.Row]++;
            var halves = new List<Segment>();
            for (var first = 0; first < segments.Count; first += _points)
                AddSome(segments.GetRange(first, Math.Min(_points, segments.Count - first)), tolerance, row => mayHalve && waiting[row] <= MaximumSegments, halves);
            foreach (var half in halves)
                _segmentsOfRow[half.Row]++;
            foreach (var segment in halves.Where((_, i) => i % 2 == 0))
                _segmentsOfRow[segment.Row]--;
            return halves;
        }

        /// <summary>What was found.</summary>
        public RowExplanations Result() => new(_contributions.ToHost<float>(), _classOfRow, _startOfRow, _endOfRow);

        private void AddSome(List<Segment> segments, double tolerance, Predicate<int> mayHalve, List<Segment> halves)
        {
            using var scope = NewDisposeScope();
            var row = Indices(segments.ConvertAll(s => s.Row).ToArray());
            var ways = _ways.index_select(0, row);
            Tensor logits, gradients;
            using (enable_grad())
            {
                var points = PointsAt(row, segments.ConvertAll(s => s.Start + (s.Length / 2)).ToArray()).requires_grad_();
                logits = LogitsAt(row, points);
                gradients = autograd.grad([logits.sum()], [points])[0];
            }

            using var noGrad = no_grad();
            var rises = gradients.mul_(ways);
            var read = stack([logits.detach(), rises.sum(1)]).ToHost<float>();
            var weights = new float[segments.Count];
            for (var i = 0; i < segments.Count; i++)
            {
                var (segment, logit, slope) = (segments[i], read[i], read[segments.Count + i]);
                if (mayHalve(segment.Row) && Wrong(segment, logit, slope) > Allowed(segment, tolerance))
                {
                    var half = segment.Length / 2;
                    halves.Add(new Segment(segment.Row, segment.Start, half, segment.LogitAtStart, logit));
                    halves.Add(new Segment(segment.Row, segment.Start + half, half, logit, segment.LogitAtEnd));
                }
                else
                    weights[i] = segment.Length;
            }

            _contributions.index_add_(0, row, rises.mul_(tensor(weights).to(rises.device).unsqueeze(1)), Keep(1));
        }

        /// <summary>How far the logit's rise over each half is from what the slope in the middle makes of it.</summary>
        private static double Wrong(Segment segment, float logit, float slope)
        {
            var expected = (double)slope * segment.Length / 2;
            return Math.Abs(logit - segment.LogitAtStart - expected) + Math.Abs(segment.LogitAtEnd - logit - expected);
        }

        /// <summary>A segment's share of half of what is tolerated, or what rounding alone makes.</summary>
        private double Allowed(Segment segment, double tolerance)
        {
            double start = _startOfRow[segment.Row], end = _endOfRow[segment.Row];
            return Math.Max(tolerance / 2 * Math.Abs(end - start) / _segmentsOfRow[segment.Row], RoundOff * (Math.Abs(segment.LogitAtStart) + Math.Abs(segment.LogitAtEnd)));
        }

        private bool IsFinite(int row) => float.IsFinite(_startOfRow[row]) && float.IsFinite(_endOfRow[row]);

        private Tensor Indices(int[] rows) => tensor(Array.ConvertAll(rows, row => (long)row)).to(_ways.device);

        private Tensor PointsAt(Tensor row, float[] at) => _ways.index_select(0, row).mul_(tensor(at).to(_ways.device).unsqueeze(1)).Plus_(_baseline);

        private Tensor LogitsAt(Tensor row, Tensor points) => _network.ForwardContinuous(points).gather(1, _classes.index_select(0, row).unsqueeze(1)).squeeze(1);

        private static int Highest(ReadOnlySpan<float> logits)
        {
            var best = -1;
            for (var i = 0; i < logits.Length; i++)
            {
                if (best < 0 ? !float.IsNaN(logits[i]) : logits[i] > logits[best])
                    best = i;
            }

            return best;
        }
    }
}
