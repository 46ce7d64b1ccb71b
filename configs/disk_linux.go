package configs

import "golang.org/x/sys/unix"

// networkKinds are the file systems on which SQLite's locks or its shared memory cannot be relied upon (sqlite.org/wal.html: all processes
// must be on the same host; it does not work over a network).
var networkKinds = map[uint32]string{
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.CIFS_SUPER_MAGIC: "CIFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.SMB2_SUPER_MAGIC: "SMB2",
	unix.V9FS_MAGIC:       "9p",
	unix.FUSE_SUPER_MAGIC: "FUSE",
	unix.AFS_SUPER_MAGIC:  "AFS",
	unix.CEPH_SUPER_MAGIC: "Ceph",
}

// networkDisk names the kind of network file system a folder is on; empty for a local one.
func networkDisk(folder string) string {
	var about unix.Statfs_t
	if unix.Statfs(folder, &about) != nil {
		return ""
	}
	return networkKinds[uint32(about.Type)]
}
