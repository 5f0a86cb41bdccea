using Microsoft.ML.Data;

namespace Microsoft.ML.Tests.Golden.Scenarios;

internal static class ShuffleScenarios
{
    private static readonly MLContext _ml = new(1);

    [Scenario("custom-mapping-shuffle-crossvalidate/shuffle")]
    public static void Shuffle(Facts facts)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(NumberedRow.Rows(20));
        foreach (int seed in (int[])[0, 1, 42])
        {
            facts.Add($"seed{seed}", () =>
            {
                IDataView shuffled = _ml.Data.ShuffleRows(view, seed);
                List<int> ids = Ids(shuffled);
                return new Dictionary<string, object?>
                {
                    ["isPermutation"] = IsPermutation(ids),
                    ["changesOrder"] = !ids.SequenceEqual(ids.Order()),
                    ["sameWhenReadTwice"] = ids.SequenceEqual(Ids(shuffled)),
                    ["sameForSameSeed"] = ids.SequenceEqual(Ids(_ml.Data.ShuffleRows(view, seed))),
                    ["rowCount"] = shuffled.GetRowCount(),
                };
            });
        }

        facts.Add("noSeed", () =>
        {
            IDataView shuffled = _ml.Data.ShuffleRows(view);
            List<int> ids = Ids(shuffled);
            return new Dictionary<string, object>
            {
                ["isPermutation"] = IsPermutation(ids),
                ["sameWhenReadTwice"] = ids.SequenceEqual(Ids(shuffled)),
            };
        });
        facts.Add("poolSize0", () => _ml.Data.ShuffleRows(view, 1, 0));
        facts.Add("poolSize1NoSource", () => Ids(_ml.Data.ShuffleRows(view, 1, 1, shuffleSource: false)));
        facts["schema"] = _ml.Data.ShuffleRows(view, 1).Schema;
    }

    private static List<int> Ids(IDataView view) => [.. view.GetColumn<int>("Id")];

    private static bool IsPermutation(List<int> ids) => ids.Order().SequenceEqual(Enumerable.Range(0, ids.Count));
}
