/** infra/compose.yaml against what the services ask for: as far as can be told without a container engine. */
import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectNats } from "@millrace/bus/jetstream";
import { findNatsServer, natsSkipReason } from "@millrace/bus/testing";
import { SERVICE_NAMES, type ServiceName } from "@millrace/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { createProgram } from "../program.ts";
import { natsAddress } from "@millrace/service/addresses";
import { frontSettings, serviceSettings } from "./settings.ts";

const INFRA = fileURLToPath(new URL("../../../../infra/", import.meta.url));

const Container = z.object({
  image: z.string(),
  restart: z.literal("always"),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }),
  depends_on: z.record(z.string(), z.object({ condition: z.literal("service_healthy") })).default({}),
});
const Compose = z.object({
  services: z.record(z.string(), Container),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  configs: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

let compose: z.infer<typeof Compose>;
let folder: string;
beforeAll(async () => {
  const text = await readFile(join(INFRA, "compose.yaml"), "utf8");
  // As compose fills in: the default, since nothing is set.
  compose = Compose.parse(parse(text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1"), { merge: true }));
  folder = await mkdtemp(join(tmpdir(), "millrace-compose-"));
  execFileSync("sh", [join(INFRA, "secrets.sh"), join(folder, "run/secrets")], { stdio: "ignore" });
});
afterAll(() => rm(folder, { recursive: true }));

/** A container's environment with its secrets where this machine has them. */
function environmentOf(name: string): Record<string, string> {
  const { environment } = compose.services[name] as z.infer<typeof Container>;
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [
      key,
      value.startsWith("/run/secrets/") ? join(folder, value) : value,
    ]),
  );
}

test("runs every service, the front, NATS, Postgres, and what watches them, and nothing else", () => {
  const others = ["front", "nats", "postgres", "prometheus", "grafana"];
  expect(Object.keys(compose.services).toSorted()).toEqual([...SERVICE_NAMES, ...others].toSorted());
});

test.each([...SERVICE_NAMES])(
  "%s has complete settings and starts as the command takes it",
  async (name: ServiceName) => {
    const settings = await serviceSettings(name, environmentOf(name));
    const { command, secrets, volumes, depends_on: servers } = compose.services[name] as z.infer<typeof Container>;
    const { hostname, port } = new URL(settings.MILLRACE_PEERS[name]);
    expect(hostname).toBe(name);
    expect(command).toEqual(["up", name, "--host", "0.0.0.0", "--port", port]);
    expect(Object.keys(servers).toSorted()).toEqual(["nats", "postgres"]);
    expect(settings.NATS_URL.servers).toBe("nats:4222");
    expect(new URL(settings.DATABASE_URL).hostname).toBe("postgres");
    const given = Object.values(compose.services[name]?.environment ?? {}).filter((value) => value.startsWith("/run/"));
    expect(secrets.map((secret) => `/run/secrets/${secret}`).toSorted()).toEqual(given.toSorted());
    for (const path of [settings.ARTIFACTS_URL, settings.MILLRACE_SOURCES].filter((one) => one !== undefined)) {
      const inside = typeof path === "string" ? path : path.kind === "file" ? path.folder : "none";
      expect(volumes.filter((volume) => volume.split(":")[1] === inside)).toHaveLength(1);
    }
  },
);

test("the front has complete settings and no secret; it and Grafana alone are published, on this host alone", async () => {
  const settings = await frontSettings(environmentOf("front"));
  expect(new URL(settings.MILLRACE_PUBLIC_ADDRESS).port).toBe("4100");
  expect(compose.services["front"]).toMatchObject({ secrets: [], ports: ["127.0.0.1:4100:4100"] });
  const published = Object.entries(compose.services).filter(([, { ports }]) => ports.length > 0);
  expect(published.map(([name]) => name)).toEqual(["front", "grafana"]);
  for (const [, { ports }] of published) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test("Prometheus asks every service, with the key that services take for metrics alone", async () => {
  const { prometheus } = compose.services;
  const read = parse(await readFile(join(INFRA, "prometheus/prometheus.yaml"), "utf8")) as {
    scrape_configs: { authorization: { credentials_file: string }; static_configs: { targets: string[] }[] }[];
  };
  const [config] = read.scrape_configs;
  const targets = config?.static_configs.flatMap((one) => one.targets);
  expect(targets?.toSorted()).toEqual(SERVICE_NAMES.map((name) => `${name}:4100`).toSorted());
  expect(prometheus?.secrets).toEqual(["metrics_key"]);
  expect(config?.authorization.credentials_file).toBe("/run/secrets/metrics_key");
  const { MILLRACE_METRICS_KEY, MILLRACE_API_KEY } = await serviceSettings("registry", environmentOf("registry"));
  expect(MILLRACE_METRICS_KEY).toMatch(/^mr_/);
  expect(MILLRACE_METRICS_KEY).not.toBe(MILLRACE_API_KEY);
});

test("the command knows the options that containers give it", () => {
  const up = createProgram().commands.find((command) => command.name() === "up");
  for (const option of ["--host", "--port"]) expect(up?.options.map(({ long }) => long)).toContain(option);
});

test("every secret, configuration and volume that is named is there", async () => {
  for (const { file } of Object.values(compose.secrets)) {
    const { mode } = await stat(join(folder, "run", file));
    expect(mode & 0o777).toBe(0o644);
  }
  expect((await stat(join(folder, "run/secrets"))).mode & 0o777).toBe(0o700);
  for (const { file } of Object.values(compose.configs)) await stat(join(INFRA, file));
  for (const { secrets, volumes } of Object.values(compose.services)) {
    for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    const named = volumes.map((volume) => volume.split(":")[0] ?? "").filter((name) => /^\w/.test(name));
    for (const name of named) expect(Object.keys(compose.volumes)).toContain(name);
  }
});

test("secrets.sh leaves secrets that are there as they are", async () => {
  const before = await readFile(join(folder, "run/secrets/cluster_secret"), "utf8");
  execFileSync("sh", [join(INFRA, "secrets.sh"), join(folder, "run/secrets")], { stdio: "ignore" });
  expect(await readFile(join(folder, "run/secrets/cluster_secret"), "utf8")).toBe(before);
});

const skip = natsSkipReason();
test.skipIf(skip !== undefined)(
  "nats.conf and its secret start a server that takes the services' credentials alone",
  async () => {
    const config = join(folder, "etc/nats/nats.conf");
    await mkdir(dirname(config), { recursive: true });
    // The volume's path is one of the container.
    const written = (await readFile(join(INFRA, "nats.conf"), "utf8")).replace("/var/lib/nats", join(folder, "nats"));
    await writeFile(config, written);
    const options = ["-c", config, "--addr", "127.0.0.1", "--port", "-1", "--http_port", "-1"];
    const server = spawn(findNatsServer() as string, options, { stdio: ["ignore", "ignore", "pipe"] });
    const gone = new Promise((resolve) => server.once("exit", resolve));
    try {
      const port = await portOf(server.stderr);
      const { user, password } = natsAddress(await readFile(join(folder, "run/secrets/nats_url"), "utf8")) ?? {};
      expect(user).toBe("millrace");
      const servers = `127.0.0.1:${port}`;
      await expect(connectNats({ servers, name: "test" })).rejects.toThrow(/authorization/i);
      const connection = await connectNats({
        servers,
        user: user as string,
        password: password as string,
        name: "test",
      });
      await connection.close();
    } finally {
      server.kill("SIGKILL");
      await gone;
    }
  },
);

/** The port that a server with any free one says it listens on. */
function portOf(words: NodeJS.ReadableStream): Promise<number> {
  let said = "";
  return new Promise((resolve, reject) => {
    words.on("data", (chunk) => {
      said += String(chunk);
      const [, port] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (port) resolve(Number(port));
    });
    words.once("end", () => reject(new Error(`starting nats-server: it ended: ${said}`)));
  });
}
