import { screenLines } from './screen.ts';

/** The colours of a picture. */
export interface Theme {
  background: string;
  border: string;
  text: string;
  prompt: string;
}

/** Those of GitHub's own pages, so that the picture belongs to the page. */
export const themes: Readonly<Record<'light' | 'dark', Theme>> = {
  light: { background: '#f6f8fa', border: '#d1d9e0', text: '#1f2328', prompt: '#59636e' },
  dark: { background: '#151b23', border: '#3d444d', text: '#f0f6fc', prompt: '#9198a1' },
};

const size = { column: 8.4, row: 21, margin: 20, font: 14 };

/**
 * Returns a picture of the session as SVG. Its text is text, and each part of it is as wide as its columns in any font.
 */
export function terminalPicture(output: string, theme: Theme): string {
  // Without the prompt that waits for another command.
  const lines = screenLines(output).slice(0, -1);
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(columns * size.column + 2 * size.margin);
  const height = Math.ceil(lines.length * size.row + 2 * size.margin);
  const texts = lines.flatMap((line, row) => textsOf(line, size.margin + (row + 0.72) * size.row));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>A call of the AWS CLI that signs in with daypass</title>
<style>
text { font: ${size.font}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: ${theme.text}; }
.prompt { fill: ${theme.prompt}; }
.command { font-weight: 600; }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${theme.background}" stroke="${theme.border}"/>
${texts.join('\n')}
</svg>
`;
}

/** Returns the elements of a line: prompt, command and comment, or the output of a command. */
function textsOf(line: string, y: number): string[] {
  const [, indent = '', output = ''] = /^(\s*)(.*)$/.exec(line) ?? [];
  const [, command = '', blanks = '', comment = ''] = /^\$ (.*?)(?:(\s+)(#.*))?$/.exec(line) ?? [];
  if (command === '') return [textAt(output, indent.length, y, '')];
  const shown = [textAt('$', 0, y, 'prompt'), textAt(command, 2, y, 'command')];
  return comment ? [...shown, textAt(comment, 2 + command.length + blanks.length, y, 'prompt')] : shown;
}

function textAt(text: string, column: number, y: number, look: string): string {
  const [x, length] = [size.margin + column * size.column, text.length * size.column];
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${length.toFixed(1)}"`;
  return `<text ${place}${look && ` class="${look}"`}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
