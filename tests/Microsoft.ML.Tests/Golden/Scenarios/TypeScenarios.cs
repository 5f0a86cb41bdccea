using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class TypeScenarios
{
    [Scenario("dataview/type-tostring-equality")]
    public static void Types(Facts facts)
    {
        facts["single"] = Describe(NumberDataViewType.Single);
        facts["text"] = Describe(TextDataViewType.Instance);
        facts["bool"] = Describe(BooleanDataViewType.Instance);
        facts["datetime"] = Describe(DateTimeDataViewType.Instance);
        facts["datetimeoffset"] = Describe(DateTimeOffsetDataViewType.Instance);
        facts["timespan"] = Describe(TimeSpanDataViewType.Instance);
        facts["rowid"] = Describe(RowIdDataViewType.Instance);

        var key5 = new KeyDataViewType(typeof(uint), 5);
        facts["key5"] = Describe(key5);
        facts["keyByte"] = Describe(new KeyDataViewType(typeof(byte), 5));
        facts["keyUlongMax"] = Describe(new KeyDataViewType(typeof(ulong), ulong.MaxValue));
        facts["key5Equals"] = key5.Equals(new KeyDataViewType(typeof(uint), 5));
        facts["key5EqualsKey6"] = key5.Equals(new KeyDataViewType(typeof(uint), 6));
        facts["key5uintEqualsByte"] = key5.Equals(new KeyDataViewType(typeof(byte), 5));
        facts.Add("keyOfInt", () => new KeyDataViewType(typeof(int), 5));
        facts.Add("keyCount0", () => new KeyDataViewType(typeof(uint), 0));
        facts.Add("keyByteTooLarge", () => new KeyDataViewType(typeof(byte), 256));
        facts.Add("keyByte255", () => new KeyDataViewType(typeof(byte), 255).ToString());

        NumberDataViewType item = NumberDataViewType.Single;
        var vector3 = new VectorDataViewType(item, 3);
        facts["vec3"] = Describe(vector3);
        facts["vec23"] = Describe(new VectorDataViewType(item, 2, 3));
        facts["vecVar"] = Describe(new VectorDataViewType(item));
        facts["vecVar0"] = Describe(new VectorDataViewType(item, 0));
        facts["vecKey"] = Describe(new VectorDataViewType(key5, 2));
        facts["vecText"] = Describe(new VectorDataViewType(TextDataViewType.Instance, 2));
        facts["vec02"] = Describe(new VectorDataViewType(item, 0, 2));
        facts["vec3EqualsVec3"] = vector3.Equals(new VectorDataViewType(item, 3));
        facts["vec6EqualsVec23"] = new VectorDataViewType(item, 6).Equals(new VectorDataViewType(item, 2, 3));
        facts.Add("vectorNegative", () => new VectorDataViewType(item, -1));
    }

    private static Dictionary<string, object?> Describe(DataViewType type)
    {
        var vector = type as VectorDataViewType;
        return new()
        {
            ["toString"] = type.ToString(),
            ["rawType"] = type.RawType.Name,
            ["size"] = vector?.Size,
            ["isKnownSize"] = vector?.IsKnownSize,
            ["dimensions"] = vector?.Dimensions.ToArray(),
            ["keyCount"] = (type as KeyDataViewType)?.Count,
        };
    }
}
