/** One task's place among those that stop in reverse order. */
export class Place {
  readonly #turn = Promise.withResolvers<void>();
  earlier: Place | undefined;
  later: Place | undefined;

  /** Settles when this one is to stop. */
  get turn(): Promise<void> {
    return this.#turn.promise;
  }

  call(): void {
    this.#turn.resolve();
  }
}

/** Lets tasks stop one after the other, the last first. A linked list: any of them may end early. */
export class StopOrder {
  #last: Place | undefined;
  #stopping = false;

  enter(): Place {
    const place = new Place();
    place.earlier = this.#last;
    if (this.#last) this.#last.later = place;
    this.#last = place;
    if (this.#stopping) place.call();
    return place;
  }

  leave(place: Place): void {
    if (place.earlier) place.earlier.later = place.later;
    if (place.later) place.later.earlier = place.earlier;
    else this.#last = place.earlier;
    if (this.#stopping) this.#last?.call();
  }

  stop(): void {
    this.#stopping = true;
    this.#last?.call();
  }
}
