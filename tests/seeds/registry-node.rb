registry['enable'] = true
registry['registry_http_addr'] = "0.0.0.0:5000"
registry['token_realm'] = "https://gitlab.example.com"
registry['http_secret'] = "hunter2"
registry['rootcertbundle'] = "/srv/keys/registry.crt"
registry['health_storagedriver_enabled'] = false
gitlab_rails['registry_issuer'] = "gitlab-issuer"
