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
import { frontSettings, serviceSettings, VARIABLE_NAMES } from "./settings.ts";

const INFRA = fileURLToPath(new URL("../../../../infra/", import.meta.url));

const Container = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  pull_policy: z.literal("never").optional(),
  init: z.literal(true).optional(),
  read_only: z.literal(true).optional(),
  tmpfs: z.array(z.string()).default([]),
  cap_drop: z.tuple([z.literal("ALL")]).optional(),
  security_opt: z.array(z.string()).default([]),
  logging: z.strictObject({
    driver: z.string(),
    options: z.strictObject({ "max-size": z.string(), "max-file": z.string() }),
  }),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).default([]),
  stop_grace_period: z.string().optional(),
  restart: z.literal("always"),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  healthcheck: z.strictObject({
    test: z.array(z.string()),
    interval: z.string(),
    timeout: z.string(),
    start_period: z.string().optional(),
  }),
  depends_on: z.record(z.string(), z.object({ condition: z.literal("service_healthy") })).default({}),
});
/** Strict: what is misspelt is refused, as compose itself refuses it. */
const Compose = z.strictObject({
  name: z.literal("millrace"),
  "x-logging": z.unknown(),
  "x-confined": z.unknown(),
  "x-service": z.unknown(),
  services: z.record(z.string(), Container),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  configs: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

/** Read by ingestion; empty is as not set. */
const OF_HUBS = ["HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE", "MILLRACE_HUB_CACHE_GB"];

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

test("what is built here is confined, and is asked of no registry", async () => {
  const ours = Object.values(compose.services).filter(({ image }) => image === "millrace");
  expect(ours).toHaveLength(SERVICE_NAMES.length + 1);
  for (const { pull_policy: pull, init, read_only: readOnly, cap_drop: dropped, security_opt: options } of ours) {
    expect({ pull, init, readOnly, dropped, options }).toEqual({
      pull: "never",
      init: true,
      readOnly: true,
      dropped: ["ALL"],
      options: ["no-new-privileges:true"],
    });
  }
  // Volumes take over the owner of folders that the image has.
  const dockerfile = await readFile(join(INFRA, "Dockerfile"), "utf8");
  for (const name of SERVICE_NAMES) {
    const written = compose.services[name]?.volumes.map((volume) => volume.split(":")).filter(([, , mode]) => !mode);
    expect(written).toHaveLength(2);
    for (const [, folder] of written ?? []) expect(dockerfile).toMatch(new RegExp(`mkdir -p .*${folder}( |$)`, "m"));
  }
});

test("every variable that is set is one that is read, and every one that is read is set, but for those of S3 and of other machines", () => {
  const ours = [...SERVICE_NAMES, "front"].flatMap((name) => Object.keys(compose.services[name]?.environment ?? {}));
  const names = new Set(ours.map((name) => name.replace(/_FILE$/, "")));
  const ofS3 = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  const ofNode = ["TMPDIR"];
  // Compose is for one host.
  const ofMachines = ["MILLRACE_WORKERS"];
  const read = VARIABLE_NAMES.filter((name) => ![...ofS3, ...ofMachines].includes(name));
  expect([...names].toSorted()).toEqual([...read, ...ofNode, ...OF_HUBS].toSorted());
});

test("what a service spools lies on a volume, not in memory, and what hubs are asked with reaches ingestion", () => {
  for (const name of SERVICE_NAMES) {
    const { environment, volumes } = compose.services[name] as z.infer<typeof Container>;
    expect(volumes).toContain(`scratch:${environment["TMPDIR"]}`);
  }
  expect(compose.services["ingestion"]?.environment).toMatchObject(Object.fromEntries(OF_HUBS.map((one) => [one, ""])));
});

test("configurations lie where the programs look for them", async () => {
  const targets = (name: string) =>
    Object.fromEntries((compose.services[name]?.configs ?? []).map(({ source, target }) => [source, target]));
  for (const { configs } of Object.values(compose.services)) {
    for (const { source } of configs) expect(Object.keys(compose.configs)).toContain(source);
  }
  expect(compose.services["nats"]?.command).toEqual(["-c", targets("nats")["nats"]]);
  const { prometheus, rules } = targets("prometheus");
  expect(compose.services["prometheus"]?.command).toContain(`--config.file=${prometheus}`);
  const asked = parse(await readFile(join(INFRA, "prometheus/prometheus.yaml"), "utf8"));
  expect(join(dirname(prometheus ?? ""), ...asked.rule_files)).toBe(rules);
  const grafana = targets("grafana");
  expect(dirname(grafana["grafana_datasource"] ?? "")).toBe("/etc/grafana/provisioning/datasources");
  expect(dirname(grafana["grafana_dashboards"] ?? "")).toBe("/etc/grafana/provisioning/dashboards");
  const { providers } = parse(await readFile(join(INFRA, "grafana/dashboards.yaml"), "utf8"));
  expect(providers[0].options.path).toBe(dirname(grafana["dashboard"] ?? ""));
  const { datasources } = parse(await readFile(join(INFRA, "grafana/datasource.yaml"), "utf8"));
  expect(new URL(datasources[0].url).hostname).toBe("prometheus");
});

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
    // Servers before 2.10 do not know how to; compose has a newer one.
    const isOld = /v2\.\d\./.test(execFileSync(findNatsServer() as string, ["--version"], { encoding: "utf8" }));
    await writeFile(config, isOld ? written.replace(", sync_interval: always", "") : written);
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
