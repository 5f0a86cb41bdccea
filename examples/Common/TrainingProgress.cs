using FlipReg;

namespace Examples;

/// <summary>
/// One line that follows a training: epoch, loss, accuracy, time left. It writes nothing where the output is not a terminal, so that logs
/// and pipes stay clean.
/// </summary>
internal sealed class TrainingProgress(string title) : IDisposable
{
    private static readonly bool _isTerminal = !Console.IsOutputRedirected;

    private readonly System.Diagnostics.Stopwatch _sinceDrawn = new();
    private int _width;

    /// <summary>Give this to the options' Progress.</summary>
    public void Show(EpochReport report)
    {
        // The terminal gets ten lines a second at most; and the last one.
        if (!_isTerminal || (_sinceDrawn.IsRunning && _sinceDrawn.ElapsedMilliseconds < 100 && report.Epoch < report.Epochs))
            return;
        _sinceDrawn.Restart();
        Draw($"{title}: epoch {report.Epoch}/{report.Epochs}  loss {report.TrainingLoss:F4}  accuracy {report.TrainingAccuracy:P1}  {(int)report.TimeLeft.TotalHours}:{report.TimeLeft:mm\\:ss} left");
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_isTerminal)
            Draw("");
    }

    private void Draw(string line)
    {
        Console.Write($"\r{line.PadRight(_width)}{(line.Length == 0 ? "\r" : "")}");
        _width = line.Length;
    }
}
