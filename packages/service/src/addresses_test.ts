import { SERVICE_NAMES } from "@millrace/contracts";
import { expect, test } from "vitest";
import { artifactsAddress, natsAddress, peerAddresses } from "./addresses.ts";

test("natsAddress() reads hosts and the credentials, decoded", () => {
  expect(natsAddress("nats://nats:4222")).toEqual({ servers: "nats:4222" });
  expect(natsAddress("nats://millrace:p%40ss@a:4222,nats://b:4223")).toEqual({
    servers: "a:4222,b:4223",
    user: "millrace",
    password: "p@ss",
  });
});

test.each(["", "nats:4222", "http://nats:4222", "nats://a:4222,b:4222"])("natsAddress() refuses %j", (text) => {
  expect(natsAddress(text)).toBeUndefined();
});

test("artifactsAddress() reads a folder, or a bucket with its endpoint, prefix and region", () => {
  expect(artifactsAddress("file:///srv/mill%20race")).toEqual({ kind: "file", folder: "/srv/mill race" });
  expect(artifactsAddress("s3://models/team/a/?endpoint=https://s3.example.org&region=eu-1")).toEqual({
    kind: "s3",
    bucket: "models",
    prefix: "team/a/",
    endpoint: "https://s3.example.org/",
    region: "eu-1",
  });
  expect(artifactsAddress("s3://models?endpoint=http://minio:9000")).toMatchObject({ prefix: "", region: undefined });
});

test.each(["", "/srv/artifacts", "file:///", "file://host/folder", "s3://models", "s3://models?endpoint=ftp://host"])(
  "artifactsAddress() refuses %j",
  (text) => {
    expect(artifactsAddress(text)).toBeUndefined();
  },
);

test("peerAddresses() reads a template, or a list of every service", () => {
  expect(peerAddresses("http://{service}.mill:4100")).toMatchObject({ registry: "http://registry.mill:4100" });
  const list = SERVICE_NAMES.map((name, index) => `${name}=http://127.0.0.1:${4101 + index}`);
  expect(peerAddresses(list.join(", "))).toMatchObject({ ingestion: "http://127.0.0.1:4101" });
  expect(peerAddresses(list.slice(1).join(","))).toBeUndefined();
  expect(peerAddresses([...list, list[0]].join(","))).toBeUndefined();
  expect(peerAddresses([...list, "nobody=http://127.0.0.1:1"].join(","))).toBeUndefined();
});

test.each(["", "http://front:4100", "{service}:4100", "http://{service}:4100/path"])(
  "peerAddresses() refuses %j",
  (text) => {
    expect(peerAddresses(text)).toBeUndefined();
  },
);
