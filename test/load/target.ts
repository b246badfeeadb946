/** The installation under load. */
export interface Target {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  readonly apiKey: string;
  readonly model: string;
}
