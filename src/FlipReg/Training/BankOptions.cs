using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace FlipReg;

/// <summary>How a method keeps what it remembers of every training row: rows × classes values, once.</summary>
public sealed record BankOptions
{
    /// <summary>Precision of the values, which are from 0 to 1. Default <see cref="BankPrecision.Single"/>.</summary>
    public BankPrecision Precision { get; init; } = BankPrecision.Single;

    /// <summary>
    /// Where the values are. Default <see cref="BankStorage.Auto"/>: where the network is trained, up to <see cref="BudgetMiB"/>; a larger bank is a file that is mapped into memory.
    /// Does not change the result.
    /// </summary>
    [JsonIgnore]
    public BankStorage Storage { get; init; } = BankStorage.Auto;

    /// <summary>With <see cref="BankStorage.Auto"/>: MiB up to which the bank stays in memory; 0 to 1,000,000,000. Default 4096.</summary>
    [JsonIgnore]
    [Range(0, 1_000_000_000)]
    public long BudgetMiB { get; init; } = 4096;

    /// <summary>
    /// Folder of the mapped file, or null for the system's folder for temporary files. The file has its full size from the start, no name once it is mapped, and is gone with the fit,
    /// however that ends. Best on a local disk. Default null.
    /// </summary>
    [JsonIgnore]
    public string? Directory { get; init; }
}

/// <summary>Precision of a bank's values.</summary>
public enum BankPrecision
{
    /// <summary>float32: 4 bytes a value.</summary>
    Single,

    /// <summary>float16: 2 bytes a value, exact to three digits. Computed with in float32.</summary>
    Half,
}

/// <summary>Where a bank's values are.</summary>
public enum BankStorage
{
    /// <summary>On the device within the budget, else in a mapped file.</summary>
    Auto,

    /// <summary>On the device that trains.</summary>
    Device,

    /// <summary>In the machine's memory, whatever the device: each block of steps then waits for the device to write its rows.</summary>
    Host,

    /// <summary>In a file that is mapped into memory: the system keeps in memory what it has room for.</summary>
    MemoryMapped,
}
