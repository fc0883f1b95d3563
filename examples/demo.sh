#!/bin/sh
# An image goes through a registry that `ctl reconfigure` set up below ./.demo: push, pull, delete.
# Everything listens on loopback ports that are free; `make demo-stop` ends it and removes ./.demo.
set -eu
cd "$(dirname "$0")/.."
root=$PWD/.demo
ctl="$PWD/.venv/bin/ctl --root $root"
python=$PWD/.venv/bin/python

say() { printf '\n== %s\n' "$*"; }

stop() {
  [ -d "$root" ] || { echo "there is no demo"; return 0; }
  $ctl shutdown
  rm -rf "$root"
  echo "the demo is gone"
}

free_port() {
  "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

prepare() {
  [ ! -e "$root/etc/gitlab/gitlab.rb" ] || return 0
  say "settings: $root/etc/gitlab/gitlab.rb, from examples/demo.rb, with free ports"
  mkdir -p "$root/etc/gitlab/ssl"
  sed -e "s/'5443'/'$(free_port)'/" -e "s/'5001'/'$(free_port)'/" examples/demo.rb > "$root/etc/gitlab/gitlab.rb"
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost \
    -keyout "$root/etc/gitlab/ssl/localhost.key" -out "$root/etc/gitlab/ssl/localhost.crt" 2>/dev/null
  chmod 0600 "$root/etc/gitlab/ssl/localhost.key"
}

image() {
  [ ! -d "$root/image" ] || return 0
  umoci init --layout "$root/image" >/dev/null
  umoci new --image "$root/image:v1" >/dev/null
  umoci insert --rootless --image "$root/image:v1" README.md /README.md >/dev/null
}

run() {
  tests/setup/packages
  prepare
  say "ctl reconfigure"
  $ctl reconfigure
  image
  port=$(sed -n "s/.*'DEMO_PORT', '\([0-9]*\)'.*/\1/p" "$root/etc/gitlab/gitlab.rb")
  name=localhost:$port/demo/app
  trust=$root/trust
  mkdir -p "$trust"
  cp "$root/etc/gitlab/ssl/localhost.crt" "$trust/ca.crt"
  token=$("$python" examples/demo_token.py "$root" repository:demo/app:pull,push,delete)

  say "push $name:v1"
  skopeo --insecure-policy copy --dest-cert-dir "$trust" --dest-registry-token "$token" \
    "oci:$root/image:v1" "docker://$name:v1"
  say "pull it back"
  rm -rf "$root/pulled"
  skopeo --insecure-policy copy --src-cert-dir "$trust" --src-registry-token "$token" \
    "docker://$name:v1" "oci:$root/pulled:v1"
  say "delete it"
  skopeo delete --cert-dir "$trust" --registry-token "$token" "docker://$name:v1"
  say "deleted; the tag is gone:"
  if skopeo inspect --cert-dir "$trust" --registry-token "$token" "docker://$name:v1" 2>"$root/gone"; then
    echo "the image is still there" >&2
    exit 1
  fi
  grep -q "manifest unknown" "$root/gone" && echo "manifest unknown"

  say "an image has gone through https://$name"
  cat <<END
settings       $root/etc/gitlab/gitlab.rb
config.yml     $root/var/opt/gitlab/registry/config.yml
vhost          $root/var/opt/gitlab/nginx/conf/service_conf/gitlab-registry.conf
GitLab's part  $root/var/opt/gitlab/gitlab-rails/etc/gitlab.yml
images         $root/var/opt/gitlab/gitlab-rails/shared/registry
logs           $root/var/log/gitlab

try            .venv/bin/ctl --root .demo status
               edit $root/etc/gitlab/gitlab.rb, then .venv/bin/ctl --root .demo reconfigure --diff
stop           make demo-stop
END
}

case "${1:-run}" in
  run) run ;;
  stop) stop ;;
  *) echo "usage: $0 [run|stop]" >&2; exit 2 ;;
esac
