using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Tests.Golden;

namespace Microsoft.ML.Tests;

/// <summary>What the recording's short files do not reach: long files and lines, several files, several passes.</summary>
[TestClass]
public sealed class TextLoaderTests
{
    private readonly MLContext _ml = new(1);

    private sealed class Row
    {
        [LoadColumn(0)]
        public int Id { get; set; }

        [LoadColumn(1)]
        public string Text { get; set; } = "";

        [LoadColumn(2, 3)]
        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }

    [TestMethod]
    [DataRow("\n")]
    [DataRow("\r\n")]
    [DataRow("\r")]
    public void Lines_of_any_length_are_read_whole(string newLine)
    {
        using var files = new TempFiles();
        Row[] written = [.. Enumerable.Range(0, 3000).Select(Make)];
        File.WriteAllText(files.DataFile, string.Concat(written.Select(row => Write(row) + newLine)));

        IDataView view = _ml.Data.LoadFromTextFile<Row>(files.DataFile, ',', allowQuoting: true);
        foreach (int _ in new[] { 1, 2 })
            AssertSame(written, _ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false));
    }

    [TestMethod]
    public void Several_files_are_one_view_and_each_has_its_header()
    {
        using var files = new TempFiles();
        string second = files.DataFile + ".2";
        Row[] written = [.. Enumerable.Range(0, 6).Select(Make)];
        File.WriteAllLines(files.DataFile, ["id,text,a,b", .. written[..4].Select(Write)]);
        File.WriteAllLines(second, ["# comment", "id,text,a,b", .. written[4..].Select(Write)]);

        TextLoader.Column[] columns =
        [
            new("Id", DataKind.Int32, 0), new("Text", DataKind.String, 1), new("Pair", DataKind.Single, 2, 3),
        ];
        var options = new TextLoader.Options { Columns = columns, Separators = [','], HasHeader = true, AllowQuoting = true };
        IDataView view = _ml.Data.CreateTextLoader(options).Load(new MultiFileSource(files.DataFile, second));
        AssertSame(written, _ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false));
    }

    [TestMethod]
    public void Only_the_columns_asked_for_are_parsed()
    {
        using var files = new TempFiles();
        File.WriteAllText(files.DataFile, "1,x,1,1\nnone,y,2,2\n");
        IDataView view = _ml.Data.LoadFromTextFile<Row>(files.DataFile, ',');

        CollectionAssert.AreEqual(new[] { "x", "y" }, view.GetColumn<string>("Text").ToArray());
        Assert.ThrowsExactly<FormatException>(() => view.GetColumn<int>("Id").ToArray());
    }

    // Every 500th line is longer than the reader's buffer.
    private static Row Make(int i) => new()
    {
        Id = i,
        Text = i % 500 == 7 ? new string('z', 70_000 + i) : $"a \"quoted\", text {i}",
        Pair = [i / 7f, -i * 1e-20f],
    };

    private static string Write(Row row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Id},\"{row.Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{row.Pair[0]:R},{row.Pair[1]:R}");

    private static void AssertSame(IReadOnlyList<Row> expected, IEnumerable<Row> actual)
    {
        List<Row> rows = [.. actual];
        Assert.HasCount(expected.Count, rows);
        for (int i = 0; i < rows.Count; i++)
        {
            Assert.AreEqual(expected[i].Id, rows[i].Id);
            Assert.AreEqual(expected[i].Text, rows[i].Text, $"Text of row {i}");
            CollectionAssert.AreEqual(expected[i].Pair, rows[i].Pair, $"Pair of row {i}");
        }
    }
}
