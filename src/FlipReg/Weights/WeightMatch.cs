namespace FlipReg;

/// <summary>A tensor that a file has in another shape than the network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="InNetwork">The network's shape.</param>
/// <param name="InFile">The file's shape.</param>
public sealed record ShapeDifference(string Name, IReadOnlyList<long> InNetwork, IReadOnlyList<long> InFile);

/// <summary>How weights from files fit a network.</summary>
/// <param name="Matched">Tensors that both have, in one shape.</param>
/// <param name="Missing">Tensors that only the network has.</param>
/// <param name="Unexpected">Tensors that only the files have; counters of batches (num_batches_tracked) are not listed.</param>
/// <param name="OtherShape">Tensors that both have in different shapes.</param>
public sealed record WeightMatch(IReadOnlyList<string> Matched, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<ShapeDifference> OtherShape);
