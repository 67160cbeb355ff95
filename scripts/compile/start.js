// The first lines of a packed program, before the bundle: undo what the launcher had to change for
// deno's sake (native/launcher/main.c), so that this process and its children have the user's own
// environment. In memory (native/launcher/memory.c) the packed files are descriptors that came through
// an execve; from here on they are closed by the next, and `ps` is told the name.
(() => {
  for (const name of ["DENO_DIR", "DENO_NO_UPDATE_CHECK", "DENO_NO_PACKAGE_JSON"]) {
    const saved = Deno.env.get(`BAILIWICK_SAVED_${name}`);
    Deno.env.delete(`BAILIWICK_SAVED_${name}`);
    if (saved === undefined) Deno.env.delete(name);
    else Deno.env.set(name, saved);
  }
  const memory = Deno.env.get("BAILIWICK_MEMORY");
  if (memory === undefined) return;
  const [F_SETFD, FD_CLOEXEC] = [2, 1];
  const libc = Deno.dlopen("libc.so.6", {
    fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  });
  for (const [, fd] of memory.matchAll(/=(\d+)/g)) {
    libc.symbols.fcntl(Number(fd), F_SETFD, FD_CLOEXEC);
  }
  libc.close();
  Deno.writeTextFileSync("/proc/self/comm", "bailiwick");
})();
