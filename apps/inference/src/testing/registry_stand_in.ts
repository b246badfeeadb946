import { EVENTS, type VersionView } from "@millrace/contracts";
import { type Access, defineService, HttpError, type OpenPorts, type Service } from "@millrace/service";

/** The registry's side of the contract that aliases are looked up by; the registry itself is another app. */
export function registryStandIn(aliases: Readonly<Record<string, number>>) {
  return (openPorts: OpenPorts, access: Access): Service =>
    defineService(
      {
        name: "registry",
        routes(http) {
          http.get("/api/registry/models/:name/versions/:alias", (context) => {
            const version = aliases[context.req.param("alias")];
            if (version === undefined) throw new HttpError(404, "not_found", "there is no such version or alias");
            const { attempt: _, model: __, runId, ...parts } = EVENTS.modelRegister.example;
            const view: VersionView = {
              ...parts,
              runId,
              model: context.req.param("name"),
              version,
              createdAt: new Date(0).toISOString(),
              aliases: [context.req.param("alias")],
              state: "deployed",
              onnx: null,
              folder: null,
              package: null,
              gates: [],
              fingerprint: null,
            };
            return context.json(view);
          });
        },
      },
      openPorts,
      access,
    );
}
