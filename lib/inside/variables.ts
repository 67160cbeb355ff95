/**
 * The variables by which a program tells a service what it was given. They stand apart, so that the
 * program can name them without loading what only services need.
 *
 * @module
 */

/** What `config` of `scriptCommand` was, as JSON. */
export const CONFIG = "BAILIWICK_CONFIG";

/** The number of the descriptor on which a service says that it is ready. */
export const READY = "BAILIWICK_READY";

/** What its listening sockets are, as sd_listen_fds(3) has it. */
export const SOCKET_VARIABLES = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] as const;
