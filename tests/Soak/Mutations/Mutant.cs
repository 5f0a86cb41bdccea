namespace Soak.Mutations;

/// <summary>A file with a fault, and what the fault is.</summary>
internal sealed record Mutant(byte[] Content, string Fault);
