using FlipReg.Data;
using FlipReg.Data.Sparse;
using FlipReg.Networks;
using FlipReg.Regularizers;
using FlipReg.Training.RowTables;
using static TorchSharp.torch;

namespace FlipReg.Training;

/// <summary>
/// The further forward passes of a fit, for the methods that have <see cref="Regularizer.Needs"/>. They change nothing of the network, and are made before a step's own pass. Members of an ensemble share
/// them: each sees its part.
/// </summary>
internal sealed class NetworkView(Network network) : IDisposable
{
    private readonly List<Tensor> _steps = [];
    private CompanionRows? _companions;
    private NetworkSnapshot? _snapshot;
    private IReadOnlyList<RowTable> _rowTables = [];
    private DistinctColumns? _distinct;
    private (Batch Block, Tensor? Features, SparseBatch? Sparse)? _block;
    private Batch? _step;
    private int _offset;
    private Tensor? _joined;
    private (Batch Block, Tensor Logits)? _scored;

    /// <summary>The network as it was, where a method needs it: state of the fit.</summary>
    public NetworkSnapshot? TakenSnapshot => _snapshot;

    /// <summary>What a method sees: its member of an ensemble.</summary>
    public INetworkView Of(int member) => new MemberView(this, member);

    /// <summary>Makes what the methods need, once they are known.</summary>
    /// <param name="needs">What they need.</param>
    /// <param name="companions">Makes the companions.</param>
    /// <param name="rowTables">Bring weights by rows up to date, where there are some.</param>
    public void Make(NetworkNeeds needs, Func<CompanionRows> companions, IReadOnlyList<RowTable> rowTables)
    {
        _rowTables = rowTables;
        if (needs.HasFlag(NetworkNeeds.Companions))
            _companions = companions();
        if (needs.HasFlag(NetworkNeeds.Snapshot))
            _snapshot = new NetworkSnapshot(network);
    }

    /// <summary>Begins an epoch whose order is drawn.</summary>
    public void BeginEpoch(int epoch) => _companions?.Shuffle(epoch);

    /// <summary>Begins a block of steps, in a dispose scope that lasts as long.</summary>
    public void BeginBlock(Batch block, int firstStep)
    {
        _steps.Clear();
        (_joined, _scored, _offset) = (null, null, 0);
        if (_companions is not null)
            _block = (block, _companions.Features(firstStep, block.Rows), _companions.Sparse(firstStep, block.Rows));
    }

    /// <summary>Makes the passes of a step, before its own.</summary>
    public void BeginStep(Batch step)
    {
        if (_companions is null)
            return;
        var logits = _block!.Value.Features is { } features
            ? OfDense(features.narrow(0, _offset, step.Rows))
            : OfSparse(_block.Value.Sparse!.Of(_offset, step.Rows));
        _steps.Add(SoftTargets.ByColumns(logits).MoveToOuterDisposeScope());
        _offset += step.Rows;
        _step = step;
    }

    public void Dispose()
    {
        _companions?.Dispose();
        _snapshot?.Dispose();
    }

    private Tensor OfDense(Tensor rows)
    {
        network.Embedding?.Touch(rows);
        return network.ForwardAside(rows);
    }

    private Tensor OfSparse(SparseBatch rows)
    {
        (_distinct ??= new DistinctColumns(network.Width)).Of(rows);
        _rowTables[0].CatchUp(_distinct.Columns);
        return network.ForwardAside(rows);
    }

    private Tensor Companions(Batch batch)
    {
        if (ReferenceEquals(batch, _step))
            return _steps[^1];
        if (!ReferenceEquals(batch, _block?.Block))
            throw new InvalidOperationException("Companions are those of the step under way, or of its block.");
        return _joined ??= Outputs.Join(_steps).Logits;
    }

    private Tensor? Snapshot(Batch block)
    {
        if (_snapshot is not { Taken.Value: > 0 } snapshot)
            return null;
        if (_scored is { } scored && ReferenceEquals(scored.Block, block))
            return scored.Logits;
        var logits = SoftTargets.ByColumns(block.Sparse is { } sparse ? snapshot.Network.ForwardAside(sparse) : snapshot.Network.ForwardAside(block.Features));
        _scored = (block, logits);
        return logits;
    }

    private void TakeSnapshot()
    {
        foreach (var table in _rowTables)
            table.CatchUp();
        _snapshot!.Take();
    }

    private sealed class MemberView(NetworkView view, int member) : INetworkView
    {
        public Tensor Companions(Batch batch) => Part(view.Companions(batch));

        public Tensor? Snapshot(Batch block) => view.Snapshot(block) is { } logits ? Part(logits) : null;

        // The members take theirs together: the first one does it.
        public void TakeSnapshot()
        {
            if (member == 0)
                view.TakeSnapshot();
        }

        private Tensor Part(Tensor logits) => Ensemble.Of(logits, member, view.Members);
    }

    private int Members { get; } = network.Members;
}
