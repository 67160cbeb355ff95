/**
 * Servers of Debian that nobody here wrote, started as a component would: what they are ready by, how they are
 * stopped, and the first thing that a client asks. The files of each are in a directory of its own.
 */
import {
  AF,
  Command,
  http,
  type Nursery,
  type Path,
  sdNotify,
  seconds,
  type Service,
  SIG,
  SOCK,
  SockaddrIn,
  SockaddrUn,
  startService,
  type Thread,
} from "bailiwick";

/** A server that is started, stopped and asked, any number of times, on one thread. */
export interface Server {
  readonly name: string;
  /** Makes its files. */
  prepare(): Promise<void>;
  start(nursery: Nursery): Promise<Service>;
  /** The first query, made at once. Throws if it fails. */
  ask(): Promise<void>;
  /** Sees that it has stopped as it should, and has left nothing. */
  stopped(service: Service): Promise<void>;
}

/** Where a server runs. */
export interface ServerPlace {
  readonly thread: Thread;
  /** A directory that other users can pass through. */
  readonly directory: Path;
  readonly port: number;
}

const LOOPBACK = "127.0.0.1";
const ROOM = 4096;

/** One request, and what is answered first. */
async function request(thread: Thread, port: number, text: string): Promise<string> {
  const bytes = await thread.batch((b) => {
    const fd = b.socket(AF.INET, SOCK.STREAM);
    b.connect(fd, new SockaddrIn(LOOPBACK, port));
    b.writeAll(fd, text);
    const answer = b.read(fd, ROOM);
    b.close(fd);
    return answer;
  });
  return new TextDecoder().decode(bytes);
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

/** PostgreSQL 15 as user postgres. It says itself when it takes connections. */
export function postgres({ thread, directory, port }: ServerPlace): Server {
  const bin = "/usr/lib/postgresql/15/bin";
  const data = directory.join("data");
  const user = () => thread.user("postgres");
  return {
    name: "postgres",
    async prepare() {
      const args = ["-D", data, "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"];
      await thread.run(new Command(`${bin}/initdb`, args), { user: await user(), cwd: "/" });
    },
    async start(nursery) {
      const settings = { port, listen_addresses: LOOPBACK, unix_socket_directories: directory };
      const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      return await startService(
        nursery,
        thread,
        new Command(`${bin}/postgres`, ["-D", data, ...flags]),
        {
          user: await user(),
          ready: sdNotify(),
          stop: { signal: SIG.INT, grace: seconds(30) }, // Its fast shutdown.
          address: `${LOOPBACK}:${port}`,
        },
      );
    },
    async ask() {
      const args = ["-h", LOOPBACK, "-p", `${port}`, "-d", "postgres", "-Atc", "select 6 * 7"];
      const psql = new Command(`${bin}/psql`, args);
      const { lines } = await thread.run(psql, { user: await user(), cwd: "/" });
      expect(lines.join() === "42", `postgres answered ${lines.join()}`);
    },
    async stopped({ status, log }) {
      expect(status!.isClean && status!.cause === "stopped", `postgres ${status}`);
      const lines = log!.tail;
      for (const word of ["received fast shutdown request", "database system is shut down"]) {
        expect(lines.some((line) => line.includes(word)), `No "${word}":\n${lines.join("\n")}`);
      }
      const left = (await thread.readDirectory(directory)).map(({ name }) => name);
      expect(left.join() === "data", `postgres has left ${left}`);
      const files = (await thread.readDirectory(data)).map(({ name }) => name);
      expect(!files.includes("postmaster.pid"), "postgres has left postmaster.pid");
    },
  };
}

/** Redis as user redis. It says itself when it takes connections. */
export function redis({ thread, directory, port }: ServerPlace): Server {
  return {
    name: "redis",
    async prepare() {},
    start: (nursery) => {
      const args = ["--supervised", "systemd", "--bind", LOOPBACK, "--port", port, "--save", ""];
      return startService(nursery, thread, new Command("redis-server", args), {
        user: "redis",
        cwd: directory.join("redis"),
        ready: sdNotify(),
        address: `${LOOPBACK}:${port}`,
      });
    },
    async ask() {
      const answer = await request(thread, port, "PING\r\n");
      expect(answer === "+PONG\r\n", `redis answered ${answer}`);
    },
    async stopped({ status, log }) {
      expect(status!.isClean && status!.cause === "stopped", `redis ${status}`);
      const isBye = log!.tail.some((line) => line.includes("Redis is now ready to exit"));
      expect(isBye, `redis did not say goodbye:\n${log!.tail.join("\n")}`);
      const left = await thread.readDirectory(directory.join("redis"));
      expect(left.length === 0, `redis has left ${left.map(({ name }) => name)}`);
    },
  };
}

/** nginx as user www-data. It says nothing, so it is asked, and stops gracefully by SIGQUIT to its master. */
export function nginx({ thread, directory, port }: ServerPlace): Server {
  const home = directory.join("nginx");
  return {
    name: "nginx",
    async prepare() {
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((kind) => `${kind}_temp_path ${home}/${kind};`).join(" ");
      await thread.writeFile(
        directory.join("nginx.conf"),
        `daemon off; pid ${home}/pid; error_log stderr; worker_processes 2; events {}\n` +
          `http { access_log off; ${temporary}\n` +
          `server { listen ${LOOPBACK}:${port}; location / { return 200 "of nginx"; } } }\n`,
        { mode: 0o644 },
      );
    },
    start: (nursery) =>
      startService(
        nursery,
        thread,
        new Command("nginx", ["-e", "stderr", "-c", directory.join("nginx.conf")]),
        {
          user: "www-data",
          cwd: home,
          ready: http(`http://${LOOPBACK}:${port}/`, { status: 200, interval: 20 }),
          stop: { signal: SIG.QUIT, group: false },
          address: `${LOOPBACK}:${port}`,
        },
      ),
    ask: () => askHttp(thread, port, "of nginx"),
    async stopped({ status }) {
      expect(status!.isClean && status!.cause === "stopped", `nginx ${status}`);
      const left = (await thread.readDirectory(home)).map(({ name }) => name);
      expect(!left.includes("pid"), `nginx has left ${left}`);
    },
  };
}

/** HAProxy as user haproxy. It says itself when it takes connections. */
export function haproxy({ thread, directory, port }: ServerPlace): Server {
  return {
    name: "haproxy",
    async prepare() {
      await thread.writeFile(
        directory.join("haproxy.cfg"),
        "global\n  maxconn 100\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n" +
          `  timeout server 1s\nfrontend f\n  bind ${LOOPBACK}:${port}\n` +
          '  http-request return status 200 content-type text/plain string "of haproxy"\n',
        { mode: 0o644 },
      );
    },
    start: (nursery) =>
      startService(
        nursery,
        thread,
        new Command("haproxy", ["-Ws", "-f", directory.join("haproxy.cfg")]),
        {
          user: "haproxy",
          cwd: "/",
          ready: sdNotify(),
          stop: { group: false },
          address: `${LOOPBACK}:${port}`,
        },
      ),
    ask: () => askHttp(thread, port, "of haproxy"),
    async stopped({ status }) {
      // Its master exits with what its worker does, who may have heard of SIGTERM first. It executes itself
      // anew just after READY=1: a SIGTERM at that moment ends it at once.
      const isOrderly = [0, 128 + SIG.TERM, SIG.TERM].includes(status!.status);
      expect(isOrderly && status!.cause === "stopped", `haproxy ${status}`);
    },
  };
}

async function askHttp(thread: Thread, port: number, expected: string): Promise<void> {
  const answer = await request(thread, port, "GET / HTTP/1.0\r\n\r\n");
  expect(answer.endsWith(expected), `${expected} expected, got ${JSON.stringify(answer)}`);
}

/** The message bus of D-Bus, which is activated with a socket that listens before it is there. */
export function dbus({ thread, directory }: ServerPlace): Server {
  const address = new SockaddrUn(`${directory}/bus`);
  return {
    name: "dbus",
    async prepare() {
      await thread.writeFile(
        directory.join("bus.conf"),
        '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" ' +
          '"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">\n' +
          "<busconfig><type>session</type><listen>systemd:</listen></busconfig>\n",
        { mode: 0o644 },
      );
    },
    async start(nursery) {
      await thread.unlink(`${directory}/bus`).catch(() => {});
      await using bus = await thread.listen(address);
      const args = [`--config-file=${directory}/bus.conf`, "--nofork", "--nopidfile"];
      return await startService(nursery, thread, new Command("dbus-daemon", args), {
        sockets: { bus },
        ready: sdNotify(),
        address: `${address}`,
      });
    },
    async ask() {
      const answer = await thread.batch((b) => {
        const fd = b.socket(AF.UNIX, SOCK.STREAM);
        b.connect(fd, address);
        b.writeAll(fd, "\0AUTH EXTERNAL 30\r\n");
        const answer = b.read(fd, ROOM);
        b.close(fd);
        return answer;
      });
      const text = new TextDecoder().decode(answer);
      expect(/^OK [0-9a-f]{32}\r\n$/.test(text), `dbus answered ${JSON.stringify(text)}`);
    },
    async stopped({ status }) {
      expect(status!.cause === "stopped", `dbus ${status}`);
    },
  };
}
