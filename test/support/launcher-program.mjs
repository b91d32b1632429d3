// @ts-check
// A `--browser` program that sends its arguments and environment to the test.
// node launcher-program.mjs CONTROL_ADDRESS LINK
const [control = '', ...words] = process.argv.slice(2);
await fetch(control, { method: 'POST', body: JSON.stringify({ argv: words, env: process.env }) });
