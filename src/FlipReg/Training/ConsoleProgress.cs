namespace FlipReg;

/// <summary>Writes one line of plain text an epoch, in the invariant culture: <c>Progress = new ConsoleProgress().Report</c>.</summary>
/// <remarks>What is written is the report's <see cref="EpochReport.ToString"/>, whether the output is a terminal, a file or a pipe.</remarks>
/// <param name="writer">Receives the lines, each flushed at once; the caller closes it. Null: the console's output of that moment. Default null.</param>
/// <param name="title">Comes before each line, with a colon; null for nothing. Default null.</param>
public sealed class ConsoleProgress(TextWriter? writer = null, string? title = null) : IProgress<EpochReport>
{
    private readonly Lock _lines = new();

    /// <summary>Writes the line of an epoch. Several fits may share one object: lines are never mixed.</summary>
    public void Report(EpochReport value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var line = title is null ? value.ToString() : $"{title}: {value}";
        lock (_lines)
        {
            var output = writer ?? Console.Out;
            output.WriteLine(line);
            output.Flush();
        }
    }
}
