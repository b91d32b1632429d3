/** What a sign or a first word tells. All other text keeps the colour of the terminal, which is legible on any theme. */
export type Tone = 'good' | 'warning' | 'bad' | 'heading';

const formats = { good: 'green', warning: 'yellow', bad: 'red', heading: 'bold' } as const;

/** The stream that gets the text. */
type Target = Pick<NodeJS.WriteStream, 'isTTY'>;

/** Returns the text in the colour of its tone, or as it is where `to` shows no colours. */
export function paint(tone: Tone, text: string, to: Target = process.stdout, env = process.env): string {
  if (!hasColours(to, env)) return text;
  return process.getBuiltinModule('node:util').styleText(formats[tone], text, { validateStream: false });
}

/** Returns the sign in front of a line of the stream, in its colour. It is one column wide. */
export function mark(tone: Exclude<Tone, 'heading'>, to: Target = process.stdout): string {
  return paint(tone, sign(tone), to);
}

/**
 * Returns whether text for a stream may have colours: by FORCE_COLOR, else on a terminal, unless NO_COLOR or
 * TERM=dumb say no. https://no-color.org, https://nodejs.org/api/tty.html#writestreamgetcolordepthenv
 */
function hasColours(to: Target, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM, COLORTERM } = env;
  if (FORCE_COLOR === undefined && (to.isTTY !== true || NO_COLOR)) return false;
  // Here and not imported, because the reader loads this file, and a hit needs no part of Node for terminals.
  const { WriteStream } = process.getBuiltinModule('node:tty');
  // Without NO_COLOR: Node 20 obeys an empty one too, and each release warns if both are set.
  return WriteStream.prototype.getColorDepth({ FORCE_COLOR, TERM, COLORTERM }) > 1;
}

/** Returns the sign in front of a line, without a colour. It says by itself what the colour says. */
export function sign(tone: Exclude<Tone, 'heading'>, env = process.env): string {
  return (hasSigns(env) ? { good: '✓', bad: '✗', warning: '!' } : { good: '+', bad: 'x', warning: '!' })[
    tone
  ];
}

/** Returns whether the fonts of this terminal have the signs. The text console of Linux and old Windows have not. */
export function hasSigns(env: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32')
    return Boolean(env.WT_SESSION || env.TERM_PROGRAM === 'vscode' || env.ConEmuTask);
  return env.TERM !== 'linux' && !/^(C|POSIX)$/.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
