/** What a rendering must know of elements. */
export interface RenderView {
  /** Whether an element is left out with all that is in it. */
  skips(element: Element): boolean;
  holdsTable(element: Element): boolean;
}
