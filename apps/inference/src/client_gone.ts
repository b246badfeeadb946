import { HttpError } from "@millrace/service";

/** Answer to a client that is not there to read it: for the record, not an error of ours. */
export const CLIENT_GONE = new HttpError(499, "client_gone", "completing: the client has closed the connection");
