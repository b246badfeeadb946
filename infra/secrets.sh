#!/bin/sh
# Makes the secrets of infra/compose.yaml, once: what is there stays as it is.
# usage: sh infra/secrets.sh [folder]      default: infra/secrets
set -eu
folder=${1:-$(dirname "$0")/secrets}
# The folder keeps others on this host out. The files are readable, since containers read them as users of their own.
mkdir -p "$folder"
chmod 700 "$folder"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
write() {
  printf '%s\n' "$2" >"$folder/$1.new"
  chmod 644 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}

# Newer than the others: made also where those are there.
for name in metrics_key grafana_password; do
  [ -e "$folder/$name" ] || write "$name" "mr_$(random)"
done
if [ -e "$folder/api_key" ]; then
  echo "$folder has secrets already; they were left as they are"
  exit 0
fi
postgres=$(random)
nats=$(random)
write postgres_password "$postgres"
write database_url "postgres://millrace:$postgres@postgres:5432/millrace"
write nats_authorization "user: millrace
password: \"$nats\""
write nats_url "nats://millrace:$nats@nats:4222"
write cluster_secret "$(random)"
# Last: its being there says that all are.
write api_key "mr_$(random)"
echo "made the secrets in $folder"
