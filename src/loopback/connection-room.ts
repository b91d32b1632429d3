import type { Socket } from 'node:net';
import type { Peer } from './peer.ts';
import type { PeerSource } from './peer-gate.ts';

/** The state of a connection: no whole request yet, its request is with the app, or it sent no HTTP. */
export type Stage = 'waiting' | 'asked' | 'refused';

/** How a listener makes room, and how it treats bytes that are no request. */
export interface RoomRules {
  peers: PeerSource;
  /** Called if the first bytes of a connection are those of TLS, unless another account sent them. */
  onTls?: () => void;
  /** Returns the whole answer to headers above the limit: cookies of all ports of a host add up. */
  oversized?: () => string;
  /** Called if a closed connection may have been the person's browser, where the peers are not all known. */
  onDropped?: () => void;
  room?: Room;
}

/** How many connections there may be. */
export interface Room {
  /** Connections held at once. */
  most: number;
  /** Connections at which room is made at once. */
  tooMany: number;
}

/** A browser opens six connections to one host. */
const forBrowser: Room = { most: 32, tooMany: 128 };
/** Milliseconds before surplus connections are closed, since a request may still be on its way. */
const patience = 100;

/** Returns what to call after each new connection: it closes surplus ones of `stages`. */
export function roomMaker(
  stages: Map<Socket, Stage>,
  { peers, onDropped, room = forBrowser }: RoomRules,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let making = false;
  const makeSoon = () => {
    if (stages.size > room.most) timer ??= setTimeout(make, patience).unref();
  };
  const make = async () => {
    if (making) return;
    making = true;
    clearTimeout(timer);
    const unused = [...stages.keys()].filter((socket) => stages.get(socket) !== 'asked');
    const known = new Map<Socket, Peer>();
    await Promise.all(unused.map(async (socket) => known.set(socket, await peers.of(socket))));
    const isUnsure = [...known.values()].some(({ kind }) => kind === 'unknown');
    for (const [socket, { kind }] of spareConnections(stages, known, room.most)) {
      // A browser that is kept out cannot show that another one, whose peer is unknown, used the link.
      const mayBeBrowser = kind === 'ours' || kind === 'unknown';
      if (isUnsure && mayBeBrowser && stages.get(socket) === 'waiting') onDropped?.();
      stages.delete(socket);
      socket.destroy();
    }
    timer = undefined;
    making = false;
    // Others may have connected meanwhile.
    makeSoon();
  };
  return () => {
    if (stages.size >= room.tooMany) void make();
    else makeSoon();
  };
}

/** Returns the connections to close so that at most `most` stay, or as few as are spare. */
function spareConnections(
  stages: ReadonlyMap<Socket, Stage>,
  peers: ReadonlyMap<Socket, Peer>,
  most: number,
): [Socket, Peer][] {
  const open = [...peers].filter(([socket]) => stages.has(socket) && stages.get(socket) !== 'asked');
  const rank = ([{ bytesRead }, { kind }]: [Socket, Peer]) =>
    kind === 'foreign' || kind === 'gone' ? 0 : bytesRead === 0 ? 1 : 2;
  const ranked = [0, 1, 2].flatMap((wanted) => open.filter((each) => rank(each) === wanted));
  return ranked.slice(0, Math.max(0, stages.size - most));
}
