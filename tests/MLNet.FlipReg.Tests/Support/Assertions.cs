using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FlipReg;

namespace MLNet.FlipReg.Tests.Support;

internal static class Assertions
{
    /// <summary>Runs an action that must throw exactly <typeparamref name="TException"/> with a message that holds all the parts.</summary>
    public static TException Throws<TException>(Action action, params string[] parts)
        where TException : Exception
    {
        var exception = Assert.ThrowsExactly<TException>(action);
        foreach (var part in parts)
            StringAssert.Contains(exception.Message, part, StringComparison.Ordinal);
        return exception;
    }

    /// <summary>A digest of all weights, bit for bit.</summary>
    public static string Fingerprint(FlipRegModelParameters model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var weights in model.GetWeights())
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(weights.Name + string.Join(",", weights.Shape)));
            hash.AppendData(MemoryMarshal.AsBytes<float>(weights.Values));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Within a tolerance, relative above 1.</summary>
    public static void AreClose(float[][] expected, float[][] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        for (var row = 0; row < expected.Length; row++)
        {
            for (var i = 0; i < expected[row].Length; i++)
                Assert.AreEqual(expected[row][i], actual[row][i], float.IsFinite(expected[row][i]) ? tolerance * Math.Max(1, Math.Abs(expected[row][i])) : tolerance, $"row {row}, class {i}");
        }
    }

    public static void AreSame(float[][] expected, float[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (var row = 0; row < expected.Length; row++)
            CollectionAssert.AreEqual(expected[row], actual[row], $"row {row}");
    }
}
