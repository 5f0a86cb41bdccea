using System.ComponentModel.DataAnnotations;

namespace FlipReg;

/// <summary>How a folder of images becomes data.</summary>
public sealed class ImageFolderOptions
{
    /// <summary>Name of the column with the files' full paths, as text. Default "ImagePath".</summary>
    [Required]
    public string PathColumnName { get; set; } = "ImagePath";

    /// <summary>Name of the column with the classes' names, as text. Default "Label".</summary>
    [Required]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>
    /// What becomes of a file that is not an image by its first bytes, of a link that leads out of the folder, and of a class without images:
    /// <see cref="UnreadableImages.Skip"/> it with one warning that counts and names, or an <see cref="UnreadableImages.Error"/> that does. Default Skip.
    /// </summary>
    public UnreadableImages NotImages { get; set; } = UnreadableImages.Skip;
}

/// <summary>What was found in a folder of images.</summary>
/// <param name="Classes">The classes that have images, in ordinal order, each with the number of its images.</param>
/// <param name="Skipped">Files and links that were left out, in ordinal order.</param>
/// <param name="EmptyClasses">Names of the class folders without an image, in ordinal order.</param>
public sealed record ImageFolderReport(IReadOnlyList<ImageClass> Classes, IReadOnlyList<SkippedFile> Skipped, IReadOnlyList<string> EmptyClasses);

/// <summary>A class in a folder of images.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="Images">Its images.</param>
public sealed record ImageClass(string Name, int Images);

/// <summary>A file that was left out.</summary>
/// <param name="Path">Its path inside the folder, with slashes.</param>
/// <param name="Reason">What it is, such as "TIFF" or "a text".</param>
public sealed record SkippedFile(string Path, string Reason);
