namespace FlipReg.Runtime;

/// <summary>A number on the host that is part of a fit's state, and so of its checkpoints.</summary>
/// <param name="name">Its name among the counters of its owner.</param>
internal sealed class Counter(string name)
{
    public string Name => name;

    public long Value { get; set; }
}
