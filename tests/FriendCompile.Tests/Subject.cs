#pragma warning disable CA1822, CS0169, CS0649, IDE0044, IDE0051 // members exist to be looked at, not used
namespace FriendCompile.Tests;

/// <summary>What the tests copy: this assembly, with one member of each accessibility.</summary>
internal abstract class Subject
{
    public int PublicField;
    protected internal int ProtectedInternalField;
    internal int InternalField;
    protected int ProtectedField;
    private protected int PrivateProtectedField;
    private int _privateField;

    internal static int Twice(int value) => 2 * value;

    public void PublicMethod() { }
    protected internal virtual void ProtectedInternalMethod() { }
    internal abstract void InternalMethod();
    protected virtual void ProtectedMethod() { }
    private protected virtual void PrivateProtectedMethod() { }
    private void PrivateMethod() { }

    internal int Property { get; set; }

    public class PublicNested;
    protected internal class ProtectedInternalNested;
    internal class InternalNested;
    protected class ProtectedNested;
    private protected class PrivateProtectedNested;
    private class PrivateNested;
}

/// <summary>Public already: nothing to open.</summary>
public interface IPublicSubject;
