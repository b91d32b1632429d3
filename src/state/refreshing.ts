import { join } from 'node:path';
import { removeFile } from '../process/files.ts';
import { replaceFile } from './directory.ts';
import { readJsonIfAny } from './own-file.ts';

// The marker exists from just before a refresh token is posted until its successor is saved. If the process
// ends in between, the next renewal can explain why the person has to sign in again. It holds no secret.

/** Marks the refresh token with this number as posted. Throws `io`. */
export function noteRefresh(signInFolder: string, tokenNumber: number): void {
  replaceFile(path(signInFolder), JSON.stringify({ version: 1, generation: tokenNumber }));
}

/** Removes the marker. */
export function forgetRefresh(signInFolder: string): void {
  removeFile(path(signInFolder));
}

/** Returns whether a process posted this refresh token and ended before it saved the successor. */
export function wasInterrupted(signInFolder: string, tokenNumber: number): boolean {
  const marker = readJsonIfAny(path(signInFolder)) as { generation?: unknown } | undefined;
  return marker?.generation === tokenNumber;
}

function path(signInFolder: string): string {
  return join(signInFolder, 'refreshing.json');
}
