"""Where files lie in a generation; apart from what renders them, which is long to load."""

from __future__ import annotations

from ctl.paths import REGISTRY, STANDBY

# The four forms that config.yml has, by service and by whether the registry takes pushes.
CONFIGS = {
    (REGISTRY, False): "registry/config.yml",
    (REGISTRY, True): "registry/config-readonly.yml",
    (STANDBY, False): "registry/standby.yml",
    (STANDBY, True): "registry/standby-readonly.yml",
}
BUNDLE = "registry/gitlab-registry.crt"
JWKS = "registry/gitlab-registry.jwks"
ENVIRONMENT = "registry-env"
# What GitLab reads: its settings, and the key that signs tokens.
SETTINGS = "gitlab/gitlab.yml"
KEY = "gitlab/gitlab-registry.key"
# What nginx reads, and what rotates its logs.
CONFIGURATION = "nginx"
MAIN = "nginx/nginx.conf"
VHOST = "nginx/service_conf/gitlab-registry.conf"
ROTATION = "logrotate/nginx.conf"
