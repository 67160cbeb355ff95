/**
 * What `generate_abi.ts` looks up in the headers. The lists are closed, so newer headers change nothing,
 * and hold only what Linux 5.x has on both architectures.
 */

/** Constants with one prefix, which become one object. */
export interface Group {
  /** Name of the object; also the prefix of the C names unless `prefix` says otherwise. */
  readonly name: string;
  readonly prefix: string;
  readonly doc: string;
  /** The kernel's own headers, or the C library's for what the kernel does not export. */
  readonly headers: "kernel" | "libc";
  readonly format: "decimal" | "hex" | "octal";
  readonly names: readonly string[];
}

function group(
  name: string,
  doc: string,
  headers: Group["headers"],
  format: Group["format"],
  names: string,
  prefix = `${name}_`,
): Group {
  return { name, prefix, doc, headers, format, names: names.trim().split(/\s+/) };
}

/** Headers included for each kind; the two do not go together in one C file. */
export const HEADERS = {
  kernel: [
    ...["asm/unistd.h", "linux/fcntl.h", "linux/fs.h", "linux/memfd.h", "linux/openat2.h"],
    ...["linux/close_range.h", "linux/prctl.h", "linux/resource.h", "linux/sched.h"],
    ...["linux/wait.h", "linux/mount.h", "linux/capability.h"],
  ],
  libc: [
    ...["dirent.h", "netinet/in.h", "netinet/tcp.h", "poll.h", "signal.h", "sys/file.h"],
    ...["sys/mount.h", "sys/resource.h", "sys/socket.h", "sys/stat.h", "sys/un.h", "time.h"],
    ...["fcntl.h", "linux/capability.h", "linux/if_tun.h", "linux/netlink.h", "linux/nsfs.h"],
    ...["linux/rtnetlink.h", "linux/sockios.h", "net/if.h", "sys/epoll.h", "sys/eventfd.h"],
    ...[
      "sys/inotify.h",
      "sys/ioctl.h",
      "sys/mman.h",
      "sys/signalfd.h",
      "sys/timerfd.h",
      "sys/vfs.h",
    ],
  ],
} as const;

export const GROUPS: readonly Group[] = [
  group(
    "O",
    "Flags of open(2), with x86_64's values; `openFlags` of {@linkcode abi} translates them.",
    "kernel",
    "octal",
    `RDONLY WRONLY RDWR ACCMODE CREAT EXCL NOCTTY TRUNC APPEND NONBLOCK DSYNC DIRECT LARGEFILE
    DIRECTORY NOFOLLOW NOATIME CLOEXEC SYNC PATH TMPFILE`,
  ),
  group(
    "AT",
    "Flags of the `*at` system calls, such as unlinkat(2).",
    "kernel",
    "hex",
    `FDCWD SYMLINK_NOFOLLOW EACCESS REMOVEDIR SYMLINK_FOLLOW NO_AUTOMOUNT EMPTY_PATH
    STATX_SYNC_TYPE STATX_SYNC_AS_STAT STATX_FORCE_SYNC STATX_DONT_SYNC RECURSIVE`,
  ),
  group(
    "F",
    "Commands, lock types and seals of fcntl(2).",
    "kernel",
    "decimal",
    `DUPFD GETFD SETFD GETFL SETFL GETLK SETLK SETLKW SETOWN GETOWN SETSIG GETSIG OFD_GETLK
    OFD_SETLK OFD_SETLKW RDLCK WRLCK UNLCK DUPFD_CLOEXEC SETPIPE_SZ GETPIPE_SZ ADD_SEALS GET_SEALS
    SEAL_SEAL SEAL_SHRINK SEAL_GROW SEAL_WRITE SEAL_FUTURE_WRITE`,
  ),
  group("FD", "Descriptor flags of fcntl(2).", "kernel", "decimal", "CLOEXEC"),
  group(
    "S",
    "File types and permissions, inode(7).",
    "libc",
    "octal",
    `IFMT IFSOCK IFLNK IFREG IFBLK IFDIR IFCHR IFIFO ISUID ISGID ISVTX IRWXU IRUSR IWUSR IXUSR IRWXG
    IRGRP IWGRP IXGRP IRWXO IROTH IWOTH IXOTH`,
  ),
  group(
    "DT",
    "File types in directories, getdents(2).",
    "libc",
    "decimal",
    "UNKNOWN FIFO CHR DIR BLK REG LNK SOCK",
  ),
  group("SEEK", "Where lseek(2) counts from.", "kernel", "decimal", "SET CUR END DATA HOLE"),
  group("LOCK", "Operations of flock(2).", "libc", "decimal", "SH EX NB UN"),
  group("RENAME", "Flags of renameat2(2).", "kernel", "decimal", "NOREPLACE EXCHANGE WHITEOUT"),
  group(
    "RESOLVE",
    "How openat2(2) resolves paths.",
    "kernel",
    "hex",
    "NO_XDEV NO_MAGICLINKS NO_SYMLINKS BENEATH IN_ROOT CACHED",
  ),
  group(
    "STATX",
    "What statx(2) is asked for, and what it gave.",
    "libc",
    "hex",
    `TYPE MODE NLINK UID GID ATIME MTIME CTIME INO SIZE BLOCKS BASIC_STATS BTIME MNT_ID`,
  ),
  group("SPLICE", "Flags of splice(2).", "libc", "decimal", "MOVE NONBLOCK MORE", "SPLICE_F_"),
  group("MFD", "Flags of memfd_create(2).", "kernel", "decimal", "CLOEXEC ALLOW_SEALING HUGETLB"),
  group("CLOSE_RANGE", "Flags of close_range(2).", "kernel", "decimal", "UNSHARE CLOEXEC"),
  group(
    "AF",
    "Address families, address_families(7).",
    "libc",
    "decimal",
    `UNSPEC UNIX LOCAL INET
    INET6 NETLINK PACKET VSOCK`,
  ),
  group(
    "SOCK",
    "Types and flags of socket(2).",
    "libc",
    "octal",
    `STREAM DGRAM RAW SEQPACKET
    CLOEXEC NONBLOCK`,
  ),
  group(
    "SOL",
    "Levels of setsockopt(2); the others are in {@linkcode IPPROTO}.",
    "libc",
    "decimal",
    `SOCKET`,
  ),
  group(
    "SO",
    "Options of level `SOL.SOCKET`, socket(7).",
    "libc",
    "decimal",
    `DEBUG REUSEADDR TYPE ERROR DONTROUTE BROADCAST SNDBUF RCVBUF KEEPALIVE OOBINLINE PRIORITY LINGER
    REUSEPORT PASSCRED PEERCRED RCVLOWAT SNDLOWAT PEERSEC ACCEPTCONN SNDBUFFORCE RCVBUFFORCE PROTOCOL
    DOMAIN MARK INCOMING_CPU COOKIE BINDTODEVICE ZEROCOPY`,
  ),
  group(
    "IPPROTO",
    "Protocols over IP, and levels of setsockopt(2).",
    "libc",
    "decimal",
    "IP ICMP TCP UDP IPV6 ICMPV6 RAW",
  ),
  group(
    "IP",
    "Options of level `IPPROTO.IP`, ip(7).",
    "libc",
    "decimal",
    `TOS TTL PKTINFO RECVERR FREEBIND TRANSPARENT MULTICAST_IF MULTICAST_TTL MULTICAST_LOOP
    ADD_MEMBERSHIP DROP_MEMBERSHIP`,
  ),
  group("IPV6", "Options of level `IPPROTO.IPV6`, ipv6(7).", "libc", "decimal", "V6ONLY"),
  group(
    "TCP",
    "Options of level `IPPROTO.TCP`, tcp(7).",
    "libc",
    "decimal",
    `NODELAY MAXSEG CORK KEEPIDLE KEEPINTVL KEEPCNT SYNCNT LINGER2 DEFER_ACCEPT WINDOW_CLAMP INFO
    QUICKACK CONGESTION USER_TIMEOUT FASTOPEN NOTSENT_LOWAT`,
  ),
  group(
    "MSG",
    "Flags of send(2) and recv(2).",
    "libc",
    "hex",
    `OOB PEEK DONTROUTE CTRUNC TRUNC DONTWAIT EOR WAITALL CONFIRM ERRQUEUE NOSIGNAL MORE WAITFORONE
    CMSG_CLOEXEC`,
  ),
  group("SHUT", "What shutdown(2) ends.", "libc", "decimal", "RD WR RDWR"),
  group(
    "SCM",
    "Control messages of Unix sockets, unix(7).",
    "libc",
    "decimal",
    "RIGHTS CREDENTIALS",
  ),
  group(
    "POLL",
    "Events of poll(2).",
    "libc",
    "hex",
    "IN PRI OUT ERR HUP NVAL RDHUP",
    "POLL",
  ),
  group(
    "EPOLL",
    "Events of epoll(7), and how they are told.",
    "libc",
    "hex",
    "IN PRI OUT ERR HUP RDHUP EXCLUSIVE WAKEUP ONESHOT ET",
    "EPOLL",
  ),
  group(
    "IN",
    "Events of inotify(7), and how they are watched.",
    "libc",
    "hex",
    `ACCESS MODIFY ATTRIB CLOSE_WRITE CLOSE_NOWRITE OPEN MOVED_FROM MOVED_TO CREATE DELETE DELETE_SELF
    MOVE_SELF UNMOUNT Q_OVERFLOW IGNORED ONLYDIR DONT_FOLLOW EXCL_UNLINK MASK_CREATE MASK_ADD ISDIR
    ONESHOT`,
  ),
  group("EFD", "Flags of eventfd(2).", "libc", "octal", "CLOEXEC NONBLOCK SEMAPHORE"),
  group(
    "CLOCK",
    "Clocks, clock_gettime(2).",
    "libc",
    "decimal",
    "REALTIME MONOTONIC BOOTTIME REALTIME_ALARM BOOTTIME_ALARM",
  ),
  group("PROT", "What mmap(2) protects memory from.", "libc", "decimal", "NONE READ WRITE EXEC"),
  group(
    "MAP",
    "Flags of mmap(2).",
    "libc",
    "hex",
    "SHARED PRIVATE FIXED ANONYMOUS NORESERVE LOCKED POPULATE HUGETLB FIXED_NOREPLACE",
  ),
  group(
    "MADV",
    "What madvise(2) advises.",
    "libc",
    "decimal",
    `NORMAL RANDOM SEQUENTIAL WILLNEED DONTNEED FREE REMOVE DONTFORK DOFORK HUGEPAGE NOHUGEPAGE
    DONTDUMP DODUMP`,
  ),
  group(
    "IOCTL",
    "Requests of ioctl(2): ioctl_tty(2), netdevice(7), ioctl_ns(2) and others.",
    "libc",
    "hex",
    `FIONREAD FIONBIO TIOCGWINSZ TIOCSWINSZ TIOCSCTTY TIOCNOTTY TIOCGPTN TIOCSPTLCK TIOCGPTPEER
    SIOCGIFINDEX SIOCGIFNAME SIOCGIFFLAGS SIOCSIFFLAGS SIOCGIFADDR SIOCSIFADDR SIOCGIFNETMASK
    SIOCSIFNETMASK SIOCGIFMTU SIOCSIFMTU SIOCGIFHWADDR TUNSETIFF NS_GET_USERNS NS_GET_PARENT
    NS_GET_NSTYPE`,
    "",
  ),
  group(
    "IFF",
    "Flags of network devices, netdevice(7), and of TUN devices.",
    "libc",
    "hex",
    "UP BROADCAST LOOPBACK POINTOPOINT RUNNING PROMISC ALLMULTI MULTICAST TUN TAP NO_PI",
  ),
  group(
    "NETLINK",
    "Families of netlink(7).",
    "libc",
    "decimal",
    "ROUTE KOBJECT_UEVENT AUDIT GENERIC",
  ),
  group(
    "RTMGRP",
    "Groups of rtnetlink(7).",
    "libc",
    "hex",
    "LINK NOTIFY NEIGH IPV4_IFADDR IPV4_ROUTE IPV6_IFADDR IPV6_ROUTE",
  ),
  group(
    "CLONE",
    "Flags of clone(2), unshare(2) and setns(2).",
    "kernel",
    "hex",
    `VM FS FILES SIGHAND PIDFD PTRACE VFORK PARENT THREAD NEWNS SYSVSEM SETTLS PARENT_SETTID
    CHILD_CLEARTID UNTRACED CHILD_SETTID NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET IO`,
  ),
  group(
    "SIG",
    "Signals, signal(7).",
    "libc",
    "decimal",
    `HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP
    TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS`,
    "SIG",
  ),
  group(
    "W",
    "Options of waitid(2).",
    "kernel",
    "hex",
    "NOHANG UNTRACED STOPPED EXITED CONTINUED NOWAIT",
    "W",
  ),
  group("P", "What waitid(2) waits for.", "kernel", "decimal", "ALL PID PGID PIDFD"),
  group(
    "PR",
    "Operations of prctl(2).",
    "kernel",
    "decimal",
    `SET_PDEATHSIG GET_PDEATHSIG GET_DUMPABLE SET_DUMPABLE GET_KEEPCAPS SET_KEEPCAPS SET_NAME GET_NAME
    GET_SECCOMP SET_SECCOMP CAPBSET_READ CAPBSET_DROP GET_SECUREBITS SET_SECUREBITS SET_TIMERSLACK
    GET_TIMERSLACK SET_CHILD_SUBREAPER GET_CHILD_SUBREAPER SET_NO_NEW_PRIVS GET_NO_NEW_PRIVS
    SET_THP_DISABLE GET_THP_DISABLE CAP_AMBIENT CAP_AMBIENT_IS_SET CAP_AMBIENT_RAISE
    CAP_AMBIENT_LOWER CAP_AMBIENT_CLEAR_ALL`,
  ),
  group(
    "CAP",
    "Capabilities, capabilities(7).",
    "kernel",
    "decimal",
    `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
    NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO
    SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG
    MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM
    BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`,
  ),
  group(
    "SCHED",
    "Scheduling policies, sched(7).",
    "kernel",
    "decimal",
    "NORMAL FIFO RR BATCH IDLE DEADLINE",
  ),
  group("PRIO", "Whose niceness, getpriority(2).", "kernel", "decimal", "PROCESS PGRP USER"),
  group(
    "RLIMIT",
    "Resources of getrlimit(2).",
    "kernel",
    "decimal",
    `CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO
    RTTIME`,
  ),
  group(
    "MS",
    "Flags of mount(2).",
    "kernel",
    "hex",
    `RDONLY NOSUID NODEV NOEXEC SYNCHRONOUS REMOUNT MANDLOCK DIRSYNC NOATIME NODIRATIME BIND MOVE REC
    SILENT POSIXACL UNBINDABLE PRIVATE SLAVE SHARED RELATIME I_VERSION STRICTATIME LAZYTIME`,
  ),
  group("MNT", "Flags of umount2(2).", "libc", "decimal", "FORCE DETACH EXPIRE"),
  group("UMOUNT", "More flags of umount2(2).", "libc", "decimal", "NOFOLLOW"),
];

/** C structures that calls pass by address: name, C type, fields. The same on both architectures. */
export const STRUCTS: readonly (readonly [name: string, type: string, fields: string])[] = [
  ["sockaddr_in", "struct sockaddr_in", "sin_family sin_port sin_addr"],
  [
    "sockaddr_in6",
    "struct sockaddr_in6",
    "sin6_family sin6_port sin6_flowinfo sin6_addr sin6_scope_id",
  ],
  ["sockaddr_un", "struct sockaddr_un", "sun_family sun_path"],
  ["iovec", "struct iovec", "iov_base iov_len"],
  [
    "msghdr",
    "struct msghdr",
    "msg_name msg_namelen msg_iov msg_iovlen msg_control msg_controllen msg_flags",
  ],
  ["cmsghdr", "struct cmsghdr", "cmsg_len cmsg_level cmsg_type"],
  ["ucred", "struct ucred", "pid uid gid"],
  ["pollfd", "struct pollfd", "fd events revents"],
  ["rlimit", "struct rlimit", "rlim_cur rlim_max"],
  ["timespec", "struct timespec", "tv_sec tv_nsec"],
  ["itimerspec", "struct itimerspec", "it_interval it_value"],
  ["sockaddr_nl", "struct sockaddr_nl", "nl_family nl_pid nl_groups"],
  ["inotify_event", "struct inotify_event", "wd mask cookie len name"],
  [
    "signalfd_siginfo",
    "struct signalfd_siginfo",
    "ssi_signo ssi_errno ssi_code ssi_pid ssi_uid ssi_status ssi_int",
  ],
  ["cap_header", "struct __user_cap_header_struct", "version pid"],
  ["cap_data", "struct __user_cap_data_struct", "effective permitted inheritable"],
  ["statfs", "struct statfs", "f_type f_bsize f_blocks f_bfree f_bavail f_files f_ffree f_namelen"],
  ["dirent", "struct dirent", "d_ino d_off d_reclen d_type d_name"],
  [
    "statx",
    "struct statx",
    `stx_mask stx_blksize stx_attributes stx_nlink stx_uid stx_gid stx_mode stx_ino stx_size stx_blocks
    stx_attributes_mask stx_atime stx_btime stx_ctime stx_mtime stx_rdev_major stx_rdev_minor
    stx_dev_major stx_dev_minor`,
  ],
  [
    "rusage",
    "struct rusage",
    "ru_utime ru_stime ru_maxrss ru_minflt ru_majflt ru_inblock ru_oublock ru_nvcsw ru_nivcsw",
  ],
];

/** The last system call of Linux 5.x; later ones are left out. */
export const LAST_SYSCALL = 450;
