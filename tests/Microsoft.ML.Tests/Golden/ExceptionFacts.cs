using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden;

/// <summary>Exceptions in the notation of the recording.</summary>
internal static class ExceptionFacts
{
    public static JsonObject Describe(Exception exception, string? at = null)
    {
        var described = new JsonObject();
        if (at is not null)
            described["at"] = at;
        described["type"] = exception.GetType().FullName;
        described["message"] = TempFiles.Hide(exception.Message);
        if (exception.InnerException is { } inner)
            described["inner"] = Describe(inner);
        return described;
    }

    public static JsonNode? ValueOrException(Func<object?> fact)
    {
        try
        {
            return Dump.Any(fact());
        }
        catch (Exception exception) when (exception is not NotInSubsetException)
        {
            return new JsonObject { ["exception"] = Describe(exception) };
        }
    }
}

/// <summary>Runs the steps of a case one after another, keeping the first exception and the step it came from.</summary>
internal sealed class StepRunner
{
    public JsonObject Result { get; } = [];

    /// <summary>Runs a step; false once one has thrown.</summary>
    public bool Try(string at, Action step)
    {
        if (Result.ContainsKey("exception"))
            return false;
        try
        {
            step();
            return true;
        }
        catch (Exception exception) when (exception is not NotInSubsetException)
        {
            Result["exception"] = ExceptionFacts.Describe(exception, at);
            return false;
        }
    }
}
