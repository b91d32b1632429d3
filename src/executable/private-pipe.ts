import { connect, type Socket } from 'node:net';
import type * as Package from '../process/private-pipe.ts';

/** Bun closes a `new Socket({ fd })` at once, and Node has no `connect({ fd })`. */
export const privatePipe: typeof Package.privatePipe = () => connect({ fd: 3 } as never) as Socket;
