gitlab_rails['registry_enabled'] = true
gitlab_rails['registry_api_url'] = "https://registry.internal:5000"
gitlab_rails['registry_issuer'] = "gitlab-issuer"
registry['internal_key'] = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpQIBAA\n-----END RSA PRIVATE KEY-----\n"
gitlab_rails['registry_key_path'] = "/srv/keys/registry-key.key"
gitlab_rails['registry_host'] = "registry.gitlab.example.com"
gitlab_rails['registry_port'] = "5005"
