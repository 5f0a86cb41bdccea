using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests.Golden.Steps;

internal static class DataOperations
{
    [Operation("TakeRows")]
    public static IDataView TakeRows(MLContext ml, IDataView view, JsonObject operation) =>
        ml.Data.TakeRows(view, (long)operation["count"]!);

    [Operation("SkipRows")]
    public static IDataView SkipRows(MLContext ml, IDataView view, JsonObject operation) =>
        ml.Data.SkipRows(view, (long)operation["count"]!);

    [Operation("Cache")]
    public static IDataView Cache(MLContext ml, IDataView view, JsonObject operation) =>
        operation.ContainsKey("columns") ? ml.Data.Cache(view, operation.Strings("columns")) : ml.Data.Cache(view);

    [Operation("FilterRowsByColumn")]
    public static IDataView FilterRowsByColumn(MLContext ml, IDataView view, JsonObject operation) =>
        ml.Data.FilterRowsByColumn(
            view, (string)operation["column"]!,
            (double?)operation["lowerBound"] ?? double.NegativeInfinity, (double?)operation["upperBound"] ?? double.PositiveInfinity);

    [Operation("FilterRowsByKeyColumnFraction")]
    public static IDataView FilterRowsByKeyColumnFraction(MLContext ml, IDataView view, JsonObject operation) =>
        Reflected.Method<IDataView>(
            ml.Data, "FilterRowsByKeyColumnFraction",
            view, (string)operation["column"]!, (double?)operation["lowerBound"] ?? 0, (double?)operation["upperBound"] ?? 1);

    [Operation("FilterRowsByMissingValues")]
    public static IDataView FilterRowsByMissingValues(MLContext ml, IDataView view, JsonObject operation) =>
        Reflected.Method<IDataView>(ml.Data, "FilterRowsByMissingValues", view, operation.Strings("columns"));
}
