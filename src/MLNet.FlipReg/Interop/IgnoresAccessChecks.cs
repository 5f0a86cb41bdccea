using System.Runtime.CompilerServices;

// This assembly is a friend of ML.NET's: see docs/decisions/0002-friend-compile.md.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.OnnxConverter")]

namespace System.Runtime.CompilerServices;

/// <summary>
/// The runtime finds this attribute by its name and then lets the assembly that carries it use the internals of the assembly named.
/// No library declares it.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
