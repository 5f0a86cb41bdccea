using FlipReg.Data;
using FlipReg.Regularizers;
using static TorchSharp.torch;

namespace FlipReg.Metrics;

/// <summary>
/// Follows δ = p[label] − the largest other p of every training row through the epochs (Pleiss et al., "Identifying Mislabeled Data using the Area Under the Margin
/// Ranking", NeurIPS 2020, with probabilities in place of logits), and which other class was ahead: by Boyer and Moore's majority vote, each epoch's vote weighing
/// that class's probability. Stays on the device until the fit ends.
/// </summary>
internal sealed class RowTracker : IDisposable
{
    /// <summary>Rows of a bank that are looked at at once.</summary>
    private const int PieceRows = 1 << 16;

    // Columns of the sums.
    private const int Margins = 0;
    private const int Squares = 1;
    private const int Epochs = 2;
    private const int Votes = 3;

    private readonly Tensor _sums;
    private readonly Tensor _rivals;

    public RowTracker(int rows, Device device)
    {
        using var scope = NewDisposeScope();
        _sums = zeros([rows, Votes + 1], dtype: float64, device: device).DetachFromDisposeScope();
        _rivals = zeros([rows], dtype: int64, device: device).DetachFromDisposeScope();
    }

    /// <summary>Named state tensors.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => [("sums", _sums), ("rivals", _rivals)];

    /// <summary>Takes the outputs that a block's rows were trained with.</summary>
    public void Observe(Batch block, Outputs outputs)
    {
        var (own, others, rival) = Margin(outputs.Probabilities, block.Labels);
        var margin = own.sub(others);
        var (sums, held) = (_sums.index_select(0, block.RowIds), _rivals.index_select(0, block.RowIds));
        var votes = sums.select(1, Votes);
        votes = where(rival.eq(held), votes.Plus(others), votes.sub(others));
        held = where(votes.lt(Keep(0)), rival, held);
        var seen = sums.select(1, Epochs).Plus(1);
        _sums.index_copy_(0, block.RowIds, stack([sums.select(1, Margins).Plus(margin), sums.select(1, Squares).Plus(margin.mul(margin)), seen, votes.abs()], 1));
        _rivals.index_copy_(0, block.RowIds, held);
    }

    /// <summary>What was seen of every row. Waits for the device.</summary>
    /// <param name="events">Forgetting events, or <see cref="ForgettingTracker.NeverRight"/>, one a row.</param>
    /// <param name="labels">Labels, rows.</param>
    /// <param name="banks">What a method remembers of the rows' behaviour, rows × K each; none where it remembers none.</param>
    public TrackedRow[] Read(IReadOnlyList<int> events, Tensor labels, IReadOnlyList<Tensor> banks)
    {
        var (sums, rivals) = (_sums.ToHost<double>(), _rivals.ToHost<long>());
        var (margins, others) = BankMargins(labels, banks);
        var rows = new TrackedRow[rivals.Length];
        for (var row = 0; row < rows.Length; row++)
        {
            var own = sums.AsSpan(row * (Votes + 1), Votes + 1);
            var mean = own[Margins] / own[Epochs];
            rows[row] = new TrackedRow
            {
                Epochs = (int)own[Epochs],
                MeanMargin = (float)mean,
                MarginDeviation = (float)Math.Sqrt(Math.Max(0, (own[Squares] / own[Epochs]) - (mean * mean))),
                EverRight = events[row] != ForgettingTracker.NeverRight,
                ForgettingEvents = Math.Max(0, events[row]),
                Rival = (int)rivals[row],
                BankMargin = margins is null || float.IsNaN(margins[row]) ? null : margins[row],
                BankRival = margins is null || float.IsNaN(margins[row]) ? null : (int)others![row],
            };
        }

        return rows;
    }

    public void Dispose()
    {
        _sums.Dispose();
        _rivals.Dispose();
    }

    /// <summary>The label's value, the largest other value and its class, each n in double precision, of values n×K.</summary>
    private static (Tensor Own, Tensor Others, Tensor Rival) Margin(Tensor values, Tensor labels)
    {
        var label = labels.view(-1, 1);
        var own = values.gather(1, label);
        var (others, rival) = values.scatter(1, label, full_like(own, Keep(-1))).max(1);
        return (own.squeeze(1).to(float64), others.to(float64), rival);
    }

    /// <summary>δ of the banks' mean, as shares of each row's mass: NaN where a row has none.</summary>
    private static (float[]? Margins, long[]? Rivals) BankMargins(Tensor labels, IReadOnlyList<Tensor> banks)
    {
        if (banks.Count == 0)
            return (null, null);
        var rows = labels.shape[0];
        var (margins, rivals) = (new float[rows], new long[rows]);
        for (long first = 0; first < rows; first += PieceRows)
        {
            using var scope = NewDisposeScope();
            var count = (int)Math.Min(PieceRows, rows - first);
            var bank = stack(banks.Select(b => b.narrow(0, first, count).to(labels.device).to(float32))).sum([0]);
            var (own, others, rival) = Margin(bank, labels.narrow(0, first, count));
            own.sub(others).div_(bank.sum([1]).to(float64)).to(float32).CopyToHost(margins.AsSpan((int)first, count));
            rival.CopyToHost(rivals.AsSpan((int)first, count));
        }

        return (margins, rivals);
    }
}
