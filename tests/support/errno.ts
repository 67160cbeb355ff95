/** Numbers of errno(3), which agents answer with, negative; the same on x86_64 and aarch64. */
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EBADF = 9;
export const EAGAIN = 11;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENOTDIR = 20;
export const EINVAL = 22;
export const EMFILE = 24;
export const ENAMETOOLONG = 36;
export const EPROTONOSUPPORT = 93;
export const EOPNOTSUPP = 95;
export const EALREADY = 114;
export const ESTALE = 116;
