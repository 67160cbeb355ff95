/** Descriptors that are not there, for who only looks at what would be done with them. */
import type { Sockaddr } from "../abi/mod.ts";
import { FileDescriptor } from "./descriptor.ts";
import type { HostInfo } from "./host_info.ts";
import { DescriptorTable } from "./table.ts";

/** The error of who asks for what is not known. */
type Beyond = (what: string) => Error;

class SupposedTable extends DescriptorTable {
  readonly host: HostInfo;
  readonly isUsable = false;
  readonly #label: string;
  readonly #beyond: Beyond;

  constructor(host: HostInfo, label: string, beyond: Beyond) {
    super();
    this.host = host;
    this.#label = label;
    this.#beyond = beyond;
  }

  override checkUse(): void {
    throw this.#beyond(`use ${this.#label}, which is not open yet`);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A descriptor that would be open. It can be given to a service, and be asked for an address that was noted. */
export class SupposedDescriptor extends FileDescriptor {
  readonly #address: Sockaddr | undefined;

  constructor(host: HostInfo, label: string, beyond: Beyond, address: Sockaddr | undefined) {
    super(new SupposedTable(host, label, beyond), -1, label);
    this.#address = address;
  }

  override readonly getsockname: FileDescriptor["getsockname"] = async (options) =>
    this.#address ?? await FileDescriptor.prototype.getsockname.call(this, options);
}
