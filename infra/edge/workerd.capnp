# Services at the edge on workerd, beside a distributed installation: `workerd serve workerd.capnp`, in the folder that
# `npm run edge` makes. Settings come from the environment; `--socket-addr registry=127.0.0.1:8080` moves a socket.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "registry", worker = .registry),
    (name = "console", worker = .console),
    (name = "inference", worker = .inference),
    # Database, NATS, store and other services may be in a private network.
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [
    (name = "registry", address = "127.0.0.1:4101", http = (), service = "registry"),
    (name = "console", address = "127.0.0.1:4102", http = (), service = "console"),
    (name = "inference", address = "127.0.0.1:4103", http = (), service = "inference"),
  ],
);

const registry :Workerd.Worker = (
  modules = [(name = "registry.js", esModule = embed "registry.js")],
  compatibilityDate = "2026-10-01",
  bindings = .bindings,
);

const console :Workerd.Worker = (
  modules = [(name = "console.js", esModule = embed "console.js")],
  compatibilityDate = "2026-10-01",
  bindings = .bindings,
);

const inference :Workerd.Worker = (
  modules = [(name = "inference.js", esModule = embed "inference.js")],
  compatibilityDate = "2026-10-01",
  bindings = .bindings,
);

const bindings :List(Workerd.Worker.Binding) = [
  # Scripts and styles, for the console.
  (name = "ASSETS", text = embed "assets.json"),
  (name = "NATS_URL", fromEnvironment = "NATS_URL"),
  (name = "DATABASE_URL", fromEnvironment = "DATABASE_URL"),
  (name = "ARTIFACTS_URL", fromEnvironment = "ARTIFACTS_URL"),
  (name = "AWS_ACCESS_KEY_ID", fromEnvironment = "AWS_ACCESS_KEY_ID"),
  (name = "AWS_SECRET_ACCESS_KEY", fromEnvironment = "AWS_SECRET_ACCESS_KEY"),
  (name = "MILLRACE_CLUSTER_SECRET", fromEnvironment = "MILLRACE_CLUSTER_SECRET"),
  (name = "MILLRACE_API_KEY", fromEnvironment = "MILLRACE_API_KEY"),
  (name = "MILLRACE_PEERS", fromEnvironment = "MILLRACE_PEERS"),
  (name = "MILLRACE_PUBLIC_ADDRESS", fromEnvironment = "MILLRACE_PUBLIC_ADDRESS"),
  # Where replicas are, for the gateway.
  (name = "MILLRACE_UPSTREAM", fromEnvironment = "MILLRACE_UPSTREAM"),
];
