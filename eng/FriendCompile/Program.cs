namespace FriendCompile;

internal static class Program
{
    internal static int Main(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.WriteLine("Usage: FriendCompile OUTPUT_FOLDER ASSEMBLY...");
            return 2;
        }

        try
        {
            Directory.CreateDirectory(args[0]);
            foreach (var source in args.AsSpan(1))
                WriteFriendCopy(source, Path.Combine(args[0], Path.GetFileName(source)));
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            // The form in which MSBuild recognises an error.
            Console.Error.WriteLine($"FriendCompile : error FRIEND001: {error.Message}");
            return 1;
        }
    }

    private static void WriteFriendCopy(string source, string target)
    {
        byte[] copy;
        try
        {
            copy = FriendCopy.Create(File.ReadAllBytes(source));
        }
        catch (BadImageFormatException error)
        {
            throw new BadImageFormatException($"'{source}' cannot be copied. {error.Message}", error);
        }

        // Written aside and moved, so that a compiler running beside this never reads half a file.
        var temporary = $"{target}.{Environment.ProcessId}";
        File.WriteAllBytes(temporary, copy);
        File.Move(temporary, target, overwrite: true);
    }
}
