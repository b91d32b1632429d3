/** A fault of a line, counted from 1. The text of a costly one is a function, since few faults are shown. */
export interface Fault {
  line: number;
  text: string | (() => string);
}

export interface DraftEntry {
  key: string;
  value: string;
  line: number;
}

export interface DraftProfile {
  name: string;
  line: number;
  entries: DraftEntry[];
}

/** A team's file as its syntax gives it: no name, key or value has been checked. */
export interface Draft {
  /** The lines of the comment. */
  comment: string[];
  profiles: DraftProfile[];
  faults: Fault[];
}
