namespace ApiGuard;

/// <summary>A list of signatures of the real package, as lines <c>Namespace.Type | signature</c>.</summary>
internal sealed class ApiList
{
    private readonly HashSet<string> _lines;
    private readonly ILookup<string, string> _signaturesByType;

    private ApiList(IEnumerable<string> lines)
    {
        _lines = lines.ToHashSet(StringComparer.Ordinal);
        _signaturesByType = _lines.ToLookup(line => line.Split(" | ")[0], line => line.Split(" | ", 2)[1]);
    }

    public static ApiList Read(params string[] paths) =>
        new(paths.SelectMany(File.ReadLines).Where(line => line.Length > 0 && line[0] != '#'));

    public IEnumerable<string> Types => _signaturesByType.Select(type => type.Key);

    public bool Has(ApiLine line) => _lines.Contains(line.Text);

    /// <summary>Whether the list tells of a member by this name; the type itself has the empty name.</summary>
    public bool Knows(ApiLine line) => _signaturesByType[line.Type].Any(signature => NameIn(signature) == line.Name);

    /// <summary>What the list has for that name, to show beside a signature that differs.</summary>
    public string Closest(ApiLine line)
    {
        string[] same = [.. _signaturesByType[line.Type].Where(signature => NameIn(signature) == line.Name)];
        return same.Length > 0 ? string.Join("\n      ", same)
            : _signaturesByType.Contains(line.Type) ? "no such member" : "no such type";
    }

    private static string NameIn(string signature)
    {
        if (IsHeader(signature))
            return "";
        string head = signature.Split(" {")[0];
        int end = head.IndexOfAny(['(', '[']);

        // An indexer's bracket follows its name; an array's follows a type.
        while (end >= 0 && head[end] == '[' && !head[..end].EndsWith(" Item", StringComparison.Ordinal))
        {
            int next = head[(end + 1)..].IndexOfAny(['(', '[']);
            end = next < 0 ? -1 : end + 1 + next;
        }

        string name = (end < 0 ? head.Split(" = ")[0] : head[..end]).TrimEnd();
        name = name[(name.LastIndexOf(' ') + 1)..];
        if (name.EndsWith('>') && end >= 0)
        {
            string untilGeneric = head[..end];
            int depth = 0;
            int at = untilGeneric.Length - 1;
            for (; at >= 0; at--)
            {
                depth += untilGeneric[at] == '>' ? 1 : untilGeneric[at] == '<' ? -1 : 0;
                if (depth == 0)
                    break;
            }

            name = untilGeneric[..at];
            name = name[(name.LastIndexOf(' ') + 1)..];
        }

        return name;
    }

    private static bool IsHeader(string signature)
    {
        string kind = signature.Split(" : ")[0];
        return kind is "class" or "sealed class" or "abstract class" or "static class" or "struct" or "interface" or "enum" or "delegate";
    }
}
