import { existsSync } from 'node:fs';
import { windowsProgram } from '../../src/process/ask-system.ts';

/** Whether this Windows is Wine, whose programs of the system are mostly stubs. */
export const isWine = process.platform === 'win32' && existsSync(windowsProgram('winecfg.exe'));
