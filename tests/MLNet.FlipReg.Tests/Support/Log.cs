using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.FlipReg.Tests.Support;

internal static class Log
{
    /// <summary>A list that receives the text of every warning that the context logs from now on.</summary>
    public static List<string> Warnings(MLContext context)
    {
        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        return warnings;
    }
}
