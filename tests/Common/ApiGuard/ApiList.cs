using System.Text.RegularExpressions;

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
        new(paths.SelectMany(ReadLines).Where(line => line.Length > 0 && line[0] != '#'));

    public IEnumerable<string> Types => _signaturesByType.Select(type => type.Key);

    public bool Has(ApiLine line) => _lines.Contains(line.Text);

    /// <summary>
    /// As <see cref="Has"/>, but a type may lack interfaces of the real one: an interface promises members, and members may be
    /// missing. Its kind (with sealed, abstract, static), its base class and every interface it does have must be the real ones.
    /// </summary>
    public bool Allows(ApiLine line)
    {
        if (Has(line) || line.Name.Length > 0)
            return Has(line);
        string? real = _signaturesByType[line.Type].FirstOrDefault(IsHeader);
        (string kind, string[] parents) = CutHeader(line.Text.Split(" | ", 2)[1]);
        (string realKind, string[] realParents) = CutHeader(real ?? "");
        return kind == realKind && parents.All(realParents.Contains) && BaseClass(parents) == BaseClass(realParents);
    }

    /// <summary>Whether the list tells of a member by this name; the type itself has the empty name.</summary>
    public bool Knows(ApiLine line) => _signaturesByType[line.Type].Any(signature => NameIn(signature) == line.Name);

    /// <summary>What the list has for that name, to show beside a signature that differs.</summary>
    public string Closest(ApiLine line)
    {
        string[] same = [.. _signaturesByType[line.Type].Where(signature => NameIn(signature) == line.Name)];
        return same.Length > 0 ? string.Join("\n      ", same)
            : _signaturesByType.Contains(line.Type) ? "no such member" : "no such type";
    }

    private static (string Kind, string[] Parents) CutHeader(string header)
    {
        string[] parts = header.Split(" : ", 2);
        return (parts[0], parts.Length == 1 ? [] : [.. OuterParts(parts[1])]);
    }

    /// <summary>Split at the commas outside of angle brackets.</summary>
    private static IEnumerable<string> OuterParts(string text)
    {
        int depth = 0;
        int start = 0;
        for (int k = 0; k < text.Length; k++)
        {
            depth += text[k] == '<' ? 1 : text[k] == '>' ? -1 : 0;
            if (text[k] != ',' || depth > 0)
                continue;
            yield return text[start..k];
            start = k + 2;
        }

        yield return text[start..];
    }

    // Interfaces are told by their names: an I and another capital.
    private static string? BaseClass(string[] parents) =>
        parents.FirstOrDefault(parent => !Regex.IsMatch(parent.Split('<')[0], @"(^|\.)I[A-Z]\w*$"));

    /// <summary>A default value may be a line break: what does not begin as a line goes on with the one before.</summary>
    private static IEnumerable<string> ReadLines(string path)
    {
        string whole = "";
        foreach (string line in File.ReadLines(path))
        {
            bool begins = Regex.IsMatch(line, @"^(#|[\w.]+(<[\w, ]+>)? \| |$)");
            if (begins && whole.Length > 0)
                yield return whole;
            whole = begins ? line : whole + "\n" + line;
        }
        yield return whole;
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
