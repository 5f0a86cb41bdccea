using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class VectorScenarios
{
    private static readonly VBuffer<float> _dense = new(3, [1, 0, 2.5f]);
    private static readonly VBuffer<float> _sparse = new(5, 2, [1, 2], [1, 3]);

    [Scenario("dataview/vbuffer-tostring")]
    public static void Texts(Facts facts)
    {
        facts["dense3"] = _dense.ToString();
        facts["dense0"] = new VBuffer<float>(0, []).ToString();
        facts["default"] = default(VBuffer<float>).ToString();
        facts["sparse"] = _sparse.ToString();
        facts["sparseEmpty"] = new VBuffer<float>(5, 0, [], []).ToString();
        facts["dense20"] = new VBuffer<float>(20, new float[20]).ToString();
        facts["text"] = new VBuffer<ReadOnlyMemory<char>>(2, ["a".AsMemory(), "b".AsMemory()]).ToString();
        facts["double"] = new VBuffer<double>(1, [1.0]).ToString();
    }

    [Scenario("dataview/vbuffer-facts")]
    public static void Members(Facts facts)
    {
        Storage(facts);
        Copies(facts);
        Editors(facts);
        facts["equals"] = new Dictionary<string, object>
        {
            ["denseToSameDense"] = _dense.Equals(new VBuffer<float>(3, [1, 0, 2.5f])),
            ["boxedReferenceEqualsOverload"] = _dense.Equals((object)_dense),
        };
        facts["hasGetEqualityOperator"] = typeof(VBuffer<float>).GetMethod("op_Equality") is not null;
        facts["overridesEquals"] = typeof(VBuffer<float>).GetMethod("Equals", [typeof(object)])!.DeclaringType == typeof(VBuffer<float>);
    }

    private static void Storage(Facts facts)
    {
        facts["denseIsDense"] = _dense.IsDense;
        facts["sparseIsDense"] = _sparse.IsDense;
        facts["fullWithIndicesIsDense"] = new VBuffer<float>(2, 2, [1, 2], [0, 1]).IsDense;
        facts["defaultIsDense"] = default(VBuffer<float>).IsDense;
        facts["sparseEmptyLen0IsDense"] = new VBuffer<float>(0, 0, [], []).IsDense;
        facts["sparseDenseValues"] = _sparse.DenseValues();
        facts["sparseItems"] = Items(_sparse, false);
        facts["sparseItemsAll"] = Items(_sparse, true);
        facts["denseItems"] = Items(_dense, false);
        facts["getValuesSparse"] = _sparse.GetValues().ToArray();
        facts["getIndicesDense"] = _dense.GetIndices().ToArray();
        facts["getItemOrDefault"] = (float[])[_sparse.GetItemOrDefault(0), _sparse.GetItemOrDefault(3)];
        facts.Add("getItemOrDefaultOutside", () => _sparse.GetItemOrDefault(5));
        facts.Add("lengthShorterThanValues", () => new VBuffer<float>(2, [1, 2, 3]).DenseValues());
        facts.Add("lengthLongerThanValues", () => new VBuffer<float>(4, [1, 2, 3]));
        facts.Add("negativeLength", () => new VBuffer<float>(-1, [1, 2, 3]));
        facts.Add("countTooLarge", () => new VBuffer<float>(2, 3, [1, 2, 3], [0, 1, 2]));
        facts.Add("unsortedIndicesAccepted", () => new VBuffer<float>(5, 2, [1, 2], [3, 1]).GetIndices().ToArray());
    }

    private static void Copies(Facts facts)
    {
        var array = new float[5];
        _sparse.CopyTo(array);
        facts["copyToDenseArray"] = array;
        facts.Add("copyToTooSmall", () => _sparse.CopyTo(new float[3]));
        var larger = new float[8];
        _sparse.CopyTo(larger, 2, -1);
        facts["copyToOffset"] = larger;
        VBuffer<float> copy = default;
        _sparse.CopyTo(ref copy);
        facts["copyToVBufferKeepsSparse"] = copy.IsDense;
    }

    private static void Editors(Facts facts)
    {
        VBuffer<float> buffer = default;
        VBufferEditor<float> editor = VBufferEditor.Create(ref buffer, 3);
        editor.Values[0] = 1;
        editor.Values[1] = 2;
        editor.Values[2] = 3;
        buffer = editor.Commit();
        facts["editorCreateDense"] = buffer;

        facts["editorReusesBuffer"] = VBufferEditor.Create(ref buffer, 3).CreatedNewValues;

        VBuffer<float> sparse = default;
        editor = VBufferEditor.Create(ref sparse, 5, 2);
        SetEnds(editor);
        facts["editorCreateSparse"] = Parts(editor.Commit());

        VBuffer<float> truncated = default;
        editor = VBufferEditor.Create(ref truncated, 5, 3);
        SetEnds(editor);
        facts["editorTruncated"] = Parts(editor.CommitTruncated(2));
    }

    private static void SetEnds(VBufferEditor<float> editor)
    {
        editor.Values[0] = 1;
        editor.Values[1] = 2;
        editor.Indices[0] = 0;
        editor.Indices[1] = 4;
    }

    private static Dictionary<string, object> Parts(VBuffer<float> vector) => new()
    {
        ["length"] = vector.Length,
        ["indices"] = vector.GetIndices().ToArray(),
        ["values"] = vector.GetValues().ToArray(),
    };

    private static IEnumerable<string> Items(VBuffer<float> vector, bool all) =>
        vector.Items(all).Select(item => FormattableString.Invariant($"{item.Key}:{item.Value}"));
}
