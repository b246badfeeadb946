import { check } from "k6";
import http, { type RefinedResponse } from "k6/http";

export const MODEL = __ENV["MODEL"] ?? "";

/** Asks with the key of the installation. */
export function ask(method: string, path: string, body?: object): RefinedResponse<"text"> {
  const headers = { authorization: `Bearer ${__ENV["API_KEY"]}`, "content-type": "application/json" };
  return http.request(method, `${__ENV["ADDRESS"]}${path}`, body === undefined ? null : JSON.stringify(body), {
    headers,
    responseType: "text",
    timeout: "120s",
  });
}

/** Looks at an answer; what throws does not hold either. */
export function holds(name: string, look: () => boolean): boolean {
  return check(null, {
    [name]() {
      try {
        return look();
      } catch {
        return false;
      }
    },
  });
}
