using System.Diagnostics;
using System.Reflection;
using static System.FormattableString;

namespace FlipReg.Training.Checkpoints;

/// <summary>When a fit writes checkpoints, and what it goes on from.</summary>
internal sealed class FitCheckpoints(CheckpointStore store, TrainingOptions options, TrainingState state, FitIdentity identity, Action<string> warning)
{
    private static string LibraryVersion => typeof(FitCheckpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private readonly Stopwatch _sinceLatest = Stopwatch.StartNew();

    /// <summary>Sets the state from the newest checkpoint and returns what it says, or returns null where there is none.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint is of another fit.</exception>
    public FitProgress? Restore()
    {
        if (store.Newest is not { } saved)
            return null;
        if (FitIdentity.Differences(saved.Identity, identity.Values) is { } differences)
            throw new InvalidOperationException($"CheckpointDirectory must hold checkpoints of the same data, options and network. Got a checkpoint of another fit in '{options.CheckpointDirectory}': {differences}. Give this fit a folder of its own, or what the other had.");
        if (FitIdentity.Differences(saved.Machine, identity.Machine) is { } rounding)
            warning($"The fit goes on where its checkpoint was made otherwise: {rounding}. The last bits of the result may differ.");
        store.Restore(state);
        return saved.Progress;
    }

    /// <summary>After a block of steps that does not end its epoch: writes where the minutes are over.</summary>
    public void EndBlock(Func<FitProgress> progress)
    {
        if (MinutesAreOver)
            Write(progress());
    }

    /// <summary>After an epoch.</summary>
    public void EndEpoch(FitProgress progress, bool isLast)
    {
        if (isLast || MinutesAreOver || progress.Position.Epochs % options.CheckpointEpochs == 0)
            Write(progress);
    }

    private bool MinutesAreOver => _sinceLatest.Elapsed.TotalMinutes >= options.CheckpointMinutes;

    private void Write(FitProgress progress)
    {
        _sinceLatest.Restart();
        var document = new CheckpointDocument
        {
            Library = LibraryVersion,
            Seed = options.Seed!.Value,
            Progress = progress,
            Machine = identity.Machine,
            Identity = identity.Values,
            Counters = state.Counters,
        };
        try
        {
            store.Write(document, state, options.CheckpointsKept);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The fit is worth more than the checkpoint: a disk that is full today may have room for the next.
            var latest = store.Newest is { } newest ? Invariant($"The latest is of epoch {newest.Progress.Position.Epochs}.") : "There is none yet.";
            warning(Invariant($"The checkpoint after epoch {progress.Position.Epochs} was not written to '{options.CheckpointDirectory}': {e.Message} {latest} The fit goes on; make room there, or give it the right to write."));
        }
    }
}
