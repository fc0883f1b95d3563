registry['internal_key'] = "---BEGIN RSA PRIVATE KEY---\nMIIEpQIBAA\n"
gitlab_rails['registry_key_path'] = "/custom/path/to/registry-key.key"
