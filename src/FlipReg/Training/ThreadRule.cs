namespace FlipReg.Training;

/// <summary>
/// How many threads the numeric library gets. A fixed function of the step's size and the machine, so that a seed keeps giving the same
/// model: another number of threads may sum in another order.
/// </summary>
internal static class ThreadRule
{
    /// <summary>
    /// Multiply-adds of a step (forward and backward) for each thread. Measured on two cores with MKL: at 103 million a step a second thread brings nothing,
    /// at 174 million it brings half as much again (docs/decisions/0004-threads.md).
    /// </summary>
    internal const long MultiplyAddsPerThread = 80_000_000;

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
