/** A program that is in charge of a system that stands. */
import type { Model, ModelEvent, ServiceRow } from "../../model/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import { letGo } from "../../service/mod.ts";
import type { HostFlags } from "../flags.ts";
import { distinct, type Targets } from "../targets.ts";
import type { KeptProgram } from "../../versions/mod.ts";
import type { StandingSystem } from "./flags.ts";
import { ProgramRecord } from "./program.ts";
import { HostRecord } from "./record.ts";
import { Keeping } from "./rollback.ts";
import { SystemState } from "./state.ts";

/** What this machine is told while the program is there, for when it is not. */
export class Stay implements AsyncDisposable {
  readonly #state: SystemState;
  #program: ProgramRecord | undefined;
  readonly #record: HostRecord;
  readonly #hosts: ReadonlySet<string>;
  readonly #down: string;
  readonly #model: Model;
  readonly #keeping: Keeping;
  readonly #watch: Disposable;
  /** What is being written, and whether that is of before the last change. */
  #writing: Promise<void> | undefined;
  #isStale = false;

  private constructor(
    state: SystemState,
    record: HostRecord,
    hosts: ReadonlySet<string>,
    down: string,
    model: Model,
    keeping: Keeping,
  ) {
    this.#keeping = keeping;
    this.#state = state;
    this.#record = record;
    this.#hosts = hosts;
    this.#down = down;
    this.#model = model;
    this.#watch = model.observe((event) => this.#see(event));
  }

  /** Before any host is connected to: what may stand there can be found from now on. */
  static async begin(
    { system, down }: StandingSystem,
    targets: Targets,
    flags: HostFlags,
    model: Model,
    warn: (line: string) => void,
  ): Promise<Stay> {
    const state = new SystemState(system);
    const record = new HostRecord(state);
    const all = distinct(targets);
    await record.add(all, flags);
    const names = new Set(all.map(({ name }) => name));
    return new Stay(state, record, names, down, model, new Keeping(state, warn));
  }

  /** This program is in charge, and is about to change things. */
  async begins(): Promise<void> {
    this.#keeping.begin();
    this.#program = await ProgramRecord.begin(this.#state);
  }

  /** This program as it is kept, to be gone back to. */
  get kept(): Promise<KeptProgram | undefined> {
    return this.#keeping.kept;
  }

  /** All is ready, and this was said of it. */
  async ready(said: string): Promise<void> {
    await this.#keeping.ready();
    await this.#program?.ready(said);
  }

  /** What stands stands, from now on without this program, which sees no more of it. */
  leave(nursery: Nursery): void {
    this.#watch[Symbol.dispose]();
    letGo(nursery);
  }

  /** What is so when the program ends, as by Ctrl-C where there is a terminal. */
  promise(isTerminal: boolean): string {
    const when = isTerminal ? "Ctrl-C lets go: all" : "All";
    return `${when} of it goes on running without this program. To stop it: ${this.#down}`;
  }

  /** What becomes of what runs now when the program lets go of it, and how it is stopped. */
  farewell(): string {
    const living = this.#model.services.filter(({ ended }) => ended === undefined);
    const stays = ({ state }: ServiceRow) => state !== "starting" && state !== "stopping";
    const paths = (rows: readonly ServiceRow[]) => rows.map(({ path }) => path).join(", ");
    const staying = paths(living.filter(stays));
    const leaving = paths(living.filter((row) => !stays(row)));
    const ended = leaving && `; what is not ready ends: ${leaving}`;
    if (!staying) return `Letting go: nothing of it is ready${ended}`;
    return `Letting go: these go on running: ${staying}${ended}. To stop them: ${this.#down}`;
  }

  #see({ kind }: ModelEvent): void {
    if (!["service-started", "service-changed", "service-ended"].includes(kind)) return;
    this.#isStale = true;
    this.#writing ??= this.#write().finally(() => this.#writing = undefined);
  }

  async #write(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      await this.#record.note(this.#hosts, this.#model.services).catch(() => {
        // It is for who asks later; the system goes on without.
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    await this.#writing;
    await this.#keeping.end();
    await this.#program?.[Symbol.asyncDispose]();
  }
}
