using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Cultures;

/// <summary>Runs tests in other cultures and listens to what the code under test says there.</summary>
internal static class CultureRuns
{
    /// <summary>Cultures that write numbers otherwise, that have another sign for minus, or another lower case of I.</summary>
    public static IEnumerable<object[]> Names => [["de-DE"], ["tr-TR"], ["ar-SA"], ["fa-IR"], ["invented"]];

    /// <summary>The culture of a name. The invented one needs no data of the system and differs in all that numbers have.</summary>
    public static CultureInfo Named(string name)
    {
        if (name == "invented")
        {
            var invented = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (invented.NumberFormat.NegativeSign, invented.NumberFormat.NumberDecimalSeparator, invented.NumberFormat.NumberGroupSeparator) = ("minus ", " point ", " thousand ");
            (invented.NumberFormat.NaNSymbol, invented.NumberFormat.PositiveInfinitySymbol, invented.NumberFormat.NegativeInfinitySymbol) = ("nan!", "more!", "less!");
            return invented;
        }

        if (AppContext.TryGetSwitch("System.Globalization.Invariant", out var invariant) && invariant
            || Environment.GetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT") is "1" or "true")
            Assert.Inconclusive($"The process has no culture {name}: it runs in .NET's invariant mode (DOTNET_SYSTEM_GLOBALIZATION_INVARIANT), for lack of ICU or by wish.");
        return CultureInfo.GetCultureInfo(name);
    }

    /// <summary>Runs a function in a culture, which threads that it starts have, too.</summary>
    public static T In<T>(CultureInfo culture, Func<T> function)
    {
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture, CultureInfo.DefaultThreadCurrentCulture, CultureInfo.DefaultThreadCurrentUICulture);
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = culture;
            CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = culture;
            return function();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture, CultureInfo.DefaultThreadCurrentCulture, CultureInfo.DefaultThreadCurrentUICulture) = before;
        }
    }

    /// <summary>Asserts that tests let the code under test say the same in a culture as in the invariant one, and that it says enough to tell.</summary>
    public static void AssertSameMessages(string culture, params IEnumerable<MethodInfo>[] tests)
    {
        var expected = Messages(CultureInfo.InvariantCulture, tests);
        Assert.IsGreaterThan(50, expected.Length);
        var actual = Messages(Named(culture), tests);
        Assert.AreEqual("", string.Join("\n", actual.Except(expected)), "Only in that culture.");
        CollectionAssert.AreEqual(expected, actual);
    }

    /// <summary>The tests of a class: those named, or all.</summary>
    public static IEnumerable<MethodInfo> TestsOf(Type testClass, params string[] names) =>
        testClass.GetMethods().Where(m => m.IsDefined(typeof(TestMethodAttribute)) && (names.Length == 0 || names.Contains(m.Name)));

    /// <summary>Runs tests in a culture and returns the different messages of all exceptions that were thrown inside of our assemblies, in order.</summary>
    public static string[] Messages(CultureInfo culture, params IEnumerable<MethodInfo>[] tests) => In<string[]>(culture, () =>
    {
        var messages = new List<string>();
        void Listen(object? sender, FirstChanceExceptionEventArgs e)
        {
            // The whole stack: which method threw is not to be had where it was inlined.
            if (new StackTrace().GetFrames().Any(f => f.GetMethod()?.Module.Assembly.GetName().Name is "FlipReg" or "MLNet.FlipReg"))
            {
                lock (messages)
                    messages.Add($"{e.Exception.GetType().Name}: {e.Exception.Message}");
            }
        }

        AppDomain.CurrentDomain.FirstChanceException += Listen;
        try
        {
            foreach (var testClass in tests.SelectMany(t => t).GroupBy(t => t.DeclaringType!))
                RunTests(testClass.Key, testClass);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Listen;
        }

        // How often an exception is thrown on is a matter of ML.NET's threads.
        return [.. messages.Distinct()];
    });

    private static void RunTests(Type testClass, IEnumerable<MethodInfo> tests)
    {
        var methods = testClass.GetMethods();
        Invoke(null, methods.SingleOrDefault(m => m.IsDefined(typeof(ClassInitializeAttribute))), [null]);
        foreach (var test in tests)
        {
            foreach (var row in RowsOf(test))
                Invoke(Activator.CreateInstance(testClass), test, row);
        }

        Invoke(null, methods.SingleOrDefault(m => m.IsDefined(typeof(ClassCleanupAttribute))), []);
    }

    private static IEnumerable<object?[]> RowsOf(MethodInfo test)
    {
        var sources = test.GetCustomAttributes().OfType<ITestDataSource>().ToList();
        return sources.Count == 0 ? [[]] : sources.SelectMany(source => source.GetData(test));
    }

    private static void Invoke(object? instance, MethodInfo? method, object?[] arguments)
    {
        try
        {
            method?.Invoke(instance, arguments);
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
        }
    }
}
