import type { ConfigFault } from './parse.ts';

/** Returns the fault of an encoding that does not contain ASCII: no edit of single lines can fix it. */
export function encodingFaults(bytes: Buffer): ConfigFault[] {
  const isUtf16 = ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2));
  if (isUtf16) return [{ line: 1, text: 'UTF-16, which AWS clients refuse: save the file as UTF-8' }];
  const nul = bytes.indexOf(0);
  if (nul < 0) return [];
  const line = bytes.toString('latin1', 0, nul).split(/\r\n|\n|\r/).length;
  return [{ line, text: 'a NUL byte: save the file as UTF-8' }];
}
