import type { Socket } from 'node:net';
import { type Connection, type Peer, Peers } from './peer.ts';

/** Tells whose a connection is. */
export interface PeerSource {
  of(connection: Connection): Promise<Peer>;
}

export type Foreign = Extract<Peer, { kind: 'foreign' }>;
export type OtherPeer = Exclude<Peer, { kind: 'ours' }>;

/** Decides whether a request may change anything, by whose connection it came through. */
export class PeerGate {
  readonly peers: PeerSource;
  readonly #onPeer: (peer: OtherPeer) => void;
  readonly #told = new Set<string>();

  /** `onPeer` is called once for each foreign account, and once for each reason of the others. */
  constructor(onPeer: (peer: OtherPeer) => void = () => {}, peers: PeerSource = new Peers()) {
    this.#onPeer = onPeer;
    this.peers = peers;
  }

  /** Passes the request of an unknown peer or of our own. A peer that is gone gets no answer. */
  async admit(
    socket: Socket,
    { pass, refuse }: { pass: () => void; refuse: (peer: Foreign) => void },
  ): Promise<void> {
    const peer = await this.peers.of(socket);
    if (peer.kind !== 'ours') this.#tell(peer);
    if (peer.kind === 'foreign') refuse(peer);
    else if (peer.kind === 'gone') socket.destroy();
    else pass();
  }

  #tell(peer: OtherPeer): void {
    const what = peer.kind === 'foreign' ? `account ${peer.uid}` : `${peer.kind}: ${peer.why}`;
    if (!this.#told.has(what)) this.#onPeer(peer);
    this.#told.add(what);
  }
}

/** Returns the facts about a peer for the log. */
export function peerFacts(peer: OtherPeer): Record<string, string | number> {
  return peer.kind === 'foreign' ? { peer: peer.kind, uid: peer.uid } : { peer: peer.kind, why: peer.why };
}

/** Returns why a browser is refused; the reason begins without a capital. */
export function foreignReason({ account, own }: Foreign): string {
  return `a browser of the account "${account}" came, and daypass runs as "${own}"`;
}
