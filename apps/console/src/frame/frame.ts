/** What the frame around a page is made of. */
import type { RunView } from "@millrace/contracts";
import type { Role } from "@millrace/contracts";
import type { Mode } from "@millrace/service";
import type { Place } from "./places.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export const RAILS = ["wide", "narrow"] as const;
export type RailWidth = (typeof RAILS)[number];

export interface Frame {
  readonly title: string;
  /** Rail entry that this page stands under. */
  readonly place: Place | undefined;
  readonly project: string;
  readonly user: string;
  readonly role: Role;
  readonly mode: Mode;
  readonly theme: Theme;
  readonly rail: RailWidth;
  /** What the browser's system names the key of commands: `Ctrl` or `⌘`. */
  readonly commandKey: string;
  /** Where the buttons of the frame and the live stream come back to: path with query. */
  readonly path: string;
  /** Newest first; undefined when they could not be read. */
  readonly runs: readonly RunView[] | undefined;
  readonly nowMs: number;
  /** Base path of scripts and styles. */
  readonly assets: string;
  /** The run whose events make the page read its live parts again. */
  readonly liveRun?: string | undefined;
  readonly query?: string;
  /** Further scripts, by file name. */
  readonly scripts?: readonly string[];
}
