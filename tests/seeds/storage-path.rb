gitlab_rails['registry_path'] = "/mnt/registry/storage"
