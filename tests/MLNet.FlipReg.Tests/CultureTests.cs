using System.Reflection;
using Cultures;
using FlipReg;
using Microsoft.ML;

namespace MLNet.FlipReg.Tests;

/// <summary>Texts are the same in every culture; here those of the ML.NET face, and that no code is left that could make others.</summary>
[TestClass]
[DoNotParallelize]
public sealed class CultureTests
{
    [TestMethod]
    [DynamicData(nameof(CultureRuns.Names), typeof(CultureRuns))]
    public void Messages_do_not_follow_the_culture(string culture) => CultureRuns.AssertSameMessages(culture,
        CultureRuns.TestsOf(typeof(BadInputTests)), CultureRuns.TestsOf(typeof(MissingLabelTests)),
        CultureRuns.TestsOf(typeof(ExplainViewTests), nameof(ExplainViewTests.Bad_data_and_options), nameof(ExplainViewTests.Of_a_chain_with_slot_names_saved_as_text)),
        CultureRuns.TestsOf(typeof(BinaryInputTests), nameof(BinaryInputTests.Labels_all_true_or_all_false), nameof(BinaryInputTests.A_label_of_another_type)),
        CultureRuns.TestsOf(typeof(ValidationFractionTests), nameof(ValidationFractionTests.Bad_fractions), nameof(ValidationFractionTests.Bad_options)),
        CultureRuns.TestsOf(typeof(ModelFileTests), nameof(ModelFileTests.Foreign_or_forged_content_is_an_error_that_says_what_is_wrong), nameof(ModelFileTests.Weights_that_do_not_belong_to_the_network_are_an_error)),
        CultureRuns.TestsOf(typeof(ContextTests), nameof(ContextTests.A_gpu_that_is_not_there_is_an_error)));

    [TestMethod]
    [DataRow(typeof(TrainingOptions))]
    [DataRow(typeof(FlipRegCatalog))]
    public void No_code_writes_a_number_in_the_current_culture(Type member) =>
        Assert.AreEqual("", string.Join("\n", CultureGuard.Findings(member.Assembly)), "Use FormattableString.Invariant or InvariantText.");

    [TestMethod]
    public void The_guard_finds_each_kind()
    {
        var found = string.Join("\n", CultureGuard.Findings(Assembly.GetExecutingAssembly()).Where(f => f.Contains(nameof(Culprits), StringComparison.Ordinal)));
        foreach (var kind in new[] { "an interpolated Double", "string.Join of Int64", "string.Format", "Single.ToString", "an interpolated Nullable`1" })
            StringAssert.Contains(found, kind, StringComparison.Ordinal);
        Assert.DoesNotContain("Innocent", found);
    }

    private static class Culprits
    {
        public static string Interpolated(double value, string text) => $"{text} is {value}";

        public static string InterpolatedNullable(int? value, string text) => $"{text} is {value}";

        public static string Joined(long[] values) => string.Join(", ", values);

#pragma warning disable CA1305 // What the guard must find.
        public static string Formatted(double value) => string.Format("{0}", value);

        public static string Text(float value) => value.ToString();
#pragma warning restore CA1305

        public static string Innocent(double value, string text) => FormattableString.Invariant($"{text} is {value}") + $"{text} and {text}{text}{text}{text}";
    }
}
