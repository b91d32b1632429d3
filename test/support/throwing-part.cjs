// Preloaded with --require: the function THROWING_PART (`JSON.parse`, `fs.writeSync`) throws an error that
// contains THROWING_SECRET and creates the file THROWING_MARK, at call number THROWING_CALL below the
// function THROWING_IN.
const { THROWING_PART = '', THROWING_IN, THROWING_CALL, THROWING_SECRET, THROWING_MARK } = process.env;
const { writeFileSync } = require('node:fs');
Error.stackTraceLimit = 100;
const within = new RegExp(`\\bat (async )?(\\w+\\.)?${THROWING_IN} `);
const path = THROWING_PART.split('.');
const name = path.pop() ?? '';
const [first = '', ...steps] = path;
let owner = ['crypto', 'fs', 'net'].includes(first)
  ? require(`node:${first}`)
  : Reflect.get(globalThis, first);
for (const step of steps) owner = owner[step];
const real = owner[name];
let calls = 0;
let looking = false;
/** @this {unknown} */
owner[name] = function (/** @type {unknown[]} */ ...args) {
  if (!looking) {
    looking = true;
    const { stack = '' } = new Error();
    const inProgram = /\/dist\//.test(stack) && within.test(stack);
    looking = false;
    if (inProgram && ++calls === Number(THROWING_CALL)) {
      if (THROWING_MARK) writeFileSync(THROWING_MARK, '');
      throw Object.assign(new TypeError(`cannot use ${THROWING_SECRET}`), { input: THROWING_SECRET });
    }
  }
  return Reflect.apply(real, this, args);
};
