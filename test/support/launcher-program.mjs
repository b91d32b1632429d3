// @ts-check
// A `--browser` program: tells the test that started it what it was given, and leaves the rest to the test.
// node launcher-program.mjs CONTROL_ADDRESS LINK
const [control = '', ...words] = process.argv.slice(2);
await fetch(control, { method: 'POST', body: JSON.stringify({ argv: words, env: process.env }) });
