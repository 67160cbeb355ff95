/** Components that are drawn again only when something that they are given is another thing. */
import { Component, type ComponentChild, createElement, type FunctionComponent } from "preact";

/** A component that is drawn again only when a prop has changed. */
export function memo<P extends object>(draw: (props: P) => ComponentChild): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const [before, after] = [
        this.props as Record<string, unknown>,
        next as Record<string, unknown>,
      ];
      return Object.keys(after).some((name) => before[name] !== after[name]);
    }
    override render(props: P): ComponentChild {
      return draw(props);
    }
  }
  return (props: P) => createElement(Memo, props);
}
