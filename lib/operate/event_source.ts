/** Server-sent events, as the HTML standard has them, as far as they are sent here: `data` in one line. */

/** Takes text, and gives the data of each event. */
export class EventSourceParserStream extends TransformStream<string, string> {
  constructor() {
    let rest = "";
    super({
      transform(text, controller) {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          if (line.startsWith("data: ")) controller.enqueue(line.slice("data: ".length));
        }
      },
    });
  }
}
