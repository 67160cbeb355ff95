/** What is found by which keys: several may provide a key, and one several keys. */
export class Providers<T> {
  readonly #byKey = new Map<unknown, Set<T>>();
  readonly #keys = new Map<T, unknown[]>();

  add(provider: T, key: unknown): void {
    const providers = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, providers.add(provider));
    this.#keys.set(provider, [...(this.#keys.get(provider) ?? []), key]);
  }

  of(key: unknown): readonly T[] {
    return [...(this.#byKey.get(key) ?? [])];
  }

  forget(provider: T): void {
    for (const key of this.#keys.get(provider) ?? []) {
      const providers = this.#byKey.get(key);
      providers?.delete(provider);
      if (providers?.size === 0) this.#byKey.delete(key);
    }
    this.#keys.delete(provider);
  }
}
