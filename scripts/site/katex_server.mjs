// Renders formulas for scripts/site/katex.py: one JSON request a line on stdin, one JSON answer a line on stdout.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const katex = createRequire(process.argv[2] + "/")("katex");
const REFUSED = "#bad000"; // the colour KaTeX gives, without throwing, to commands it does not trust, such as \href
const options = { output: "htmlAndMathml", throwOnError: true, strict: "error", trust: false, errorColor: REFUSED };

for await (const line of createInterface({ input: process.stdin })) {
  const { tex, display } = JSON.parse(line);
  let answer;
  try {
    const html = katex.renderToString(tex, { ...options, displayMode: display });
    answer = html.includes(REFUSED) ? { error: "KaTeX does not trust a command of this formula" } : { html };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
