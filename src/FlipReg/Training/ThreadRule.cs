namespace FlipReg.Training;

/// <summary>
/// How many threads the numeric library gets. A fixed function of the step's size and the machine, so that a seed keeps giving the same
/// model: another number of threads may sum in another order.
/// </summary>
internal static class ThreadRule
{
    /// <summary>
    /// Multiply-adds of a step (forward and backward) for each thread. Measured on two cores: at 10 million a second thread is worth nothing,
    /// at 23 million a step is 1.4 times as fast with it, at 100 million 1.6 times.
    /// </summary>
    internal const long MultiplyAddsPerThread = 10_000_000;

    /// <param name="multiplyAddsOfRow">Multiply-adds of one row's forward pass.</param>
    /// <param name="batchSize">Rows of a step.</param>
    /// <param name="processors">Processors of the machine.</param>
    public static int Threads(long multiplyAddsOfRow, int batchSize, int processors)
    {
        // Backward takes twice the forward's multiply-adds: one product for the weights, one for the inputs.
        var step = 3 * multiplyAddsOfRow * batchSize;
        return Threads(step, processors);
    }

    /// <summary>Threads for the forward pass alone of a batch.</summary>
    public static int ScoringThreads(long multiplyAddsOfRow, int rows, int processors) => Threads(multiplyAddsOfRow * rows, processors);

    private static int Threads(long multiplyAdds, int processors) =>
        (int)Math.Clamp(multiplyAdds / MultiplyAddsPerThread, 1, Math.Max(1, processors));
}
