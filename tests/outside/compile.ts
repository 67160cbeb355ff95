/** Makes the system's executable. */
import { compile } from "bailiwick/compile";

await compile("./main.ts", { output: "./dist/greet" });
