namespace FlipReg.Sweeps.Store;

/// <summary>Whether a folder is on a network file system, by Linux's table of mounts.</summary>
internal static class NetworkFileSystems
{
    private static readonly HashSet<string> _kinds = new(StringComparer.Ordinal)
    {
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "orangefs", "pvfs2", "ocfs2", "gfs2", "9p", "virtiofs", "davfs",
        "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone", "fuse.davfs", "fuse.blobfuse", "fuse.juicefs", "fuse.moosefs", "fuse.seaweedfs",
    };

    /// <summary>The kind of network file system that a folder is on; null where it is on none, or where that cannot be told.</summary>
    public static string? KindOf(string folder)
    {
        try
        {
            return File.Exists("/proc/self/mountinfo") ? KindOf(Resolved(folder), File.ReadLines("/proc/self/mountinfo")) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="path">An absolute path without links.</param>
    /// <param name="mounts">Lines of mountinfo: "36 35 98:0 /root /mount options - type source super-options".</param>
    internal static string? KindOf(string path, IEnumerable<string> mounts)
    {
        var (longest, kind) = (-1, "");
        foreach (var line in mounts)
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 6 || dash + 1 >= fields.Length)
                continue;
            var mount = fields[4].Replace("\\040", " ", StringComparison.Ordinal).TrimEnd('/');
            // The last of several at one place hides the others.
            if (mount.Length >= longest && (path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal)))
                (longest, kind) = (mount.Length, fields[dash + 1]);
        }

        return _kinds.Contains(kind) ? kind : null;
    }

    private static string Resolved(string folder)
    {
        var path = "/";
        foreach (var part in Path.GetFullPath(folder).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, part);
            if (new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true) is { } target)
                path = target.FullName;
        }

        return path;
    }
}
