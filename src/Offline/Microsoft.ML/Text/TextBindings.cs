namespace Microsoft.ML.Data;

/// <summary>A run of fields, up to but without <see cref="Lim"/>.</summary>
internal readonly record struct TextSegment(int Min, int Lim, bool ForceVector);

/// <summary>A column of the view and the fields it is read from.</summary>
internal sealed record TextColumn(string Name, DataViewType Type, TextSegment[] Segments);

/// <summary>From what the caller says about columns to column types and fields, with the help of a sample where the line's length is needed.</summary>
internal static class TextBindings
{
    public static (TextColumn[], DataViewSchema) Bind(IChannel channel, TextLoader.Column[] columns, TextFormat format, IMultiStreamSource sample)
    {
        foreach (var column in columns)
            Contracts.CheckParam(column.Source is { Length: > 0 }, nameof(column.Source), "Must specify some source column indices");
        var inputSize = format.Options.InputSize ?? 0;
        var needsSize = inputSize == 0 && columns.SelectMany(column => column.Source).Any(range => range.AutoEnd && range.Max is null);
        var lines = needsSize || format.Options.HasHeader ? ReadSome(sample, format, needsSize ? 100 : 2) : [];
        if (needsSize)
            inputSize = FindSize(lines, format);

        var names = new HashSet<string>();
        foreach (var column in columns)
        {
            Contracts.CheckNonWhiteSpace(column.Name, nameof(column.Name));
            if (!names.Add(column.Name.Trim()))
                channel.Info("Duplicate name(s) specified - later columns will hide earlier ones");
        }
        var bound = Array.ConvertAll(columns, column => Bind(column, Array.ConvertAll(column.Source, range => Segment(range, inputSize))));
        return (bound, Schema(bound, format, format.Options.HasHeader && lines.Count > 0 ? lines[0] : []));
    }

    /// <summary>The columns of a class: every public field and property must say where it is loaded from.</summary>
    public static TextLoader.Column[] ColumnsOf(Type type)
    {
        const BindingFlags instance = BindingFlags.Public | BindingFlags.Instance;
        var properties = type.GetProperties(instance).Where(p => p.GetGetMethod() is not null && p.GetIndexParameters().Length == 0);
        var members = type.GetFields(instance).Concat<MemberInfo>(properties).ToArray();
        Contracts.CheckParam(members.Length > 0, "TInput", "Should define at least one public, readable field or property in TInput.");
        return Array.ConvertAll(members, member =>
        {
            var word = member is FieldInfo ? "Field" : "Property";
            var source = member.GetCustomAttribute<LoadColumnAttribute>()
                ?? throw Contracts.Except($"{word} '{member.Name}' is missing the {nameof(LoadColumnAttribute)} attribute");
            var raw = Members.TypeOf(member);
            var itemType = DataViewTypes.FromRawType(raw.IsArray ? raw.GetElementType() : raw);
            var kind = Enum.GetValues<DataKind>().FirstOrDefault(kind => kind.ToType() == itemType);
            Contracts.Check(itemType is not null && kind != default, $"{word} {member.Name} is of unsupported type.");
            var key = member.GetCustomAttribute<KeyTypeAttribute>();
            return new TextLoader.Column(member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name, kind, source.Sources,
                key is null ? null : new KeyCount(key.Count));
        });
    }

    private static TextColumn Bind(TextLoader.Column column, TextSegment[] segments)
    {
        var sorted = segments.OrderBy(segment => segment.Min).ToArray();
        for (var i = 1; i < sorted.Length; i++)
            Contracts.CheckParam(sorted[i - 1].Lim <= sorted[i].Min, nameof(column.Source), $"Intervals specified for column '{column.Name}' overlap");

        var itemType = column.DataKind.ToType();
        Contracts.CheckParam(itemType is not null, "Type", "Bad item type");
        if (column.KeyCount is not null)
        {
            Contracts.CheckParam(KeyDataViewType.IsValidDataType(itemType.RawType), "Type", "Bad item type for Key");
            itemType = new KeyDataViewType(itemType.RawType, column.KeyCount.Count ?? Conversions.MaxOf(itemType.RawType));
        }
        var size = segments.Sum(segment => segment.Lim - segment.Min);
        var isScalar = size == 1 && !segments[0].ForceVector;
        return new TextColumn(column.Name.Trim(), isScalar ? itemType : new VectorDataViewType(itemType, size), segments);
    }

    private static TextSegment Segment(TextLoader.Range range, int inputSize)
    {
        var min = range.Min;
        Contracts.CheckParam(min is >= 0 and < int.MaxValue - 1, nameof(range.Min));
        if (range.Max is int max)
        {
            Contracts.CheckParam(min <= max && max < int.MaxValue - 1, nameof(range.Max));
            return new TextSegment(min, max + 1, range.ForceVector);
        }
        if (range.AutoEnd)
        {
            Contracts.CheckParam(min < inputSize, nameof(range.Min), $"Column #{min} not found in the dataset (it only has {inputSize} columns)");
            return new TextSegment(min, inputSize, true);
        }
        return new TextSegment(min, min + 1, range.ForceVector);
    }

    private static List<char[]> ReadSome(IMultiStreamSource sample, TextFormat format, int count)
    {
        var lines = new List<char[]>();
        using var reader = new LineReader(sample, skipsHeader: false, count);
        while (reader.TryRead(out var line))
            lines.Add(line.ToArray());
        return lines;
    }

    private static int FindSize(List<char[]> lines, TextFormat format)
    {
        var splitter = new FieldSplitter(format);
        var (min, max) = (int.MaxValue, 0);
        foreach (var line in lines)
        {
            var text = format.Options.TrimWhitespace ? line.AsSpan().TrimEnd() : line;
            if (text.IsEmpty)
                continue;
            // A copy: splitting resolves quotes in place, and the first line is still needed as the header.
            splitter.Split(text.ToArray(), int.MaxValue);
            (min, max) = (Math.Min(min, splitter.Count), Math.Max(max, splitter.Count));
        }
        Contracts.CheckParam(max > 0, nameof(TextLoader.Column.Source), "Can't determine the number of source columns without valid data");
        Contracts.CheckParam(min == max, nameof(TextLoader.Column.Source), "The size of input lines is not consistent");
        return min;
    }

    private static DataViewSchema Schema(TextColumn[] columns, TextFormat format, char[] header)
    {
        var splitter = new FieldSplitter(format);
        splitter.Split(header, int.MaxValue);
        var builder = new DataViewSchema.Builder();
        foreach (var column in columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            if (column.Type is VectorDataViewType { Size: > 0 })
            {
                var names = column.Segments.SelectMany(segment => Enumerable.Range(segment.Min, segment.Lim - segment.Min))
                    .Select(field => splitter.Text(header, field).Trim().ToString()).ToArray();
                if (names.Any(name => name.Length > 0))
                    annotations.AddNames(AnnotationUtils.Kinds.SlotNames, names);
            }
            builder.AddColumn(column.Name, column.Type, annotations.ToAnnotations());
        }
        return builder.ToSchema();
    }
}
