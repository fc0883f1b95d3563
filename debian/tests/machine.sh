# What the tests of the package do to a machine, for a shell to read: DEB names the package's file; without it apt's own
# registry-ctl is taken.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
deb=${DEB:-registry-ctl}
work=$(mktemp -d)
images=/var/opt/gitlab/gitlab-rails/shared/registry
name=localhost:5443/demo/app

say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
finish() {
  code=$?
  touch "$work/enough"
  if [ -x /usr/bin/ctl ]; then
    [ "$code" = 0 ] || ctl tail --no-follow -n 20 || :
    ctl shutdown >/dev/null 2>&1 || :
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

install_package() { apt-get install -q -y --no-install-recommends "$1" >"$work/apt" 2>&1 || { cat "$work/apt"; fail "apt"; }; }

settings() {
  cat >/etc/gitlab/gitlab.rb <<END
external_url 'https://gitlab.example.com'
registry_external_url 'https://localhost:5443'
registry['registry_http_addr'] = '127.0.0.1:5001'
END
  chmod 0600 /etc/gitlab/gitlab.rb
  install -d -m 0700 /etc/gitlab/ssl
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout /etc/gitlab/ssl/localhost.key -out /etc/gitlab/ssl/localhost.crt 2>/dev/null
  chmod 0600 /etc/gitlab/ssl/localhost.key
  install -d "$work/trust"
  cp /etc/gitlab/ssl/localhost.crt "$work/trust/ca.crt"
}

# image TEXT: an OCI image with one layer that holds it.
image() {
  rm -rf "$work/image"
  echo "$1" >"$work/text"
  umoci init --layout "$work/image"
  umoci new --image "$work/image:v1"
  umoci insert --image "$work/image:v1" "$work/text" /text
}

push() {
  skopeo --insecure-policy copy -q --dest-cert-dir "$work/trust" --dest-registry-token "$(token)" \
    "oci:$work/image:v1" "docker://$name:$1"
}
token() { ctl registry-token --scope repository:demo/app:pull,push; }
digest() {
  skopeo inspect --cert-dir "$work/trust" --registry-token "${token:-$(token)}" --format '{{.Digest}}' \
    "docker://$name:$1"
}
pull() {
  rm -rf "$work/pulled"
  skopeo --insecure-policy copy -q --src-cert-dir "$work/trust" --src-registry-token "${token:-$(token)}" \
    "docker://$name:$1" "oci:$work/pulled:v1"
}

pid() { cat "/opt/gitlab/sv/$1/supervise/pid"; }
# Whether a program of that name runs in here.
ps_of() { grep -lsx "$1" /proc/[0-9]*/comm >/dev/null; }
