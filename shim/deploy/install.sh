#!/bin/sh
# Installs the programs of /programs on the node whose root is at /host, and tells containerd of the
# runtime: what the container of daemonset.yaml does.
set -eu
bin=${BIN:-/host/usr/local/bin}
conf=${CONFIG:-/host/etc/containerd/config.toml}
mkdir -p "$bin"
for program in wazedge wazedge-oci wazedge-artifact wazedge-shim containerd-shim-wazedge-v1; do
	cp "/programs/$program" "$bin/.$program" # complete under another name first: shims run while they are replaced
	mv -f "$bin/.$program" "$bin/$program"
done
ln -sf containerd-shim-wazedge-v1 "$bin/containerd-shim-wasmedge-v1"
if grep -q 'runtimes\.wazedge\]' "$conf" 2>/dev/null; then
	echo "containerd knows the runtime"
	exit 0
fi
table=$(grep -qE '^version *= *3' "$conf" 2>/dev/null && echo io.containerd.cri.v1.runtime || echo io.containerd.grpc.v1.cri)
cat >>"$conf" <<TOML

[plugins."$table".containerd.runtimes.wazedge]
  runtime_type = "io.containerd.wazedge.v1"
  pod_annotations = ["wazedge.*", "module.wasm.image/*", "run.oci.handler"]
  container_annotations = ["wazedge.*"]
TOML
[ -z "${SYSTEMD_CGROUP:-}" ] || cat >>"$conf" <<TOML
  [plugins."$table".containerd.runtimes.wazedge.options]
    SystemdCgroup = true
TOML
# containerd reads its configuration when it is started; running containers stay.
nsenter --target 1 --mount -- systemctl restart containerd
