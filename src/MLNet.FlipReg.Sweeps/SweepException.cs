namespace FlipReg.Sweeps;

/// <summary>A study cannot be opened or go on: what is wrong, with what, and what to do about it.</summary>
public class SweepException : Exception
{
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">What caused it, or null.</param>
    public SweepException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
