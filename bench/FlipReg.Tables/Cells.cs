using FlipReg.Bench;

namespace FlipReg.Tables;

/// <summary>One training run: what is trained on what.</summary>
/// <param name="Table">Name of the table.</param>
/// <param name="Noise">Share of the training labels that are wrong.</param>
/// <param name="Seed">Seed of the split, of the noise and of the training.</param>
/// <param name="Method">Name of the method, with its variant.</param>
internal sealed record CellKey(string Table, double Noise, int Seed, string Method) : ICellKey
{
    public string File => Path.Combine(CellFile.Name(Method), FormattableString.Invariant($"{Table}-{Noise * 100:0.##}-{Seed}"));

    public override string ToString() => FormattableString.Invariant($"{Method} on {Table}, {Noise:P0} wrong labels, seed {Seed}");
}

/// <summary>What a training run gave.</summary>
/// <param name="Key">The run.</param>
/// <param name="Identity">What the figures depend on beside the key: data, options, library.</param>
/// <param name="Accuracy">Share of the test rows classified right.</param>
/// <param name="LogLoss">Mean −ln of the probability of a test row's class.</param>
/// <param name="Seconds">Of Fit, the normalizer with it.</param>
/// <param name="Threads">Threads that the method was allowed.</param>
/// <param name="OtherProcesses">Processors that other processes kept busy meanwhile, on average.</param>
internal sealed record Cell(CellKey Key, string Identity, double Accuracy, double LogLoss, double Seconds, int Threads, double OtherProcesses) : ICell<CellKey>;
