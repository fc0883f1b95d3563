# GitLab with a registry that others run: this machine only signs tokens.
external_url 'https://gitlab.example.com'
gitlab_rails['registry_enabled'] = true
gitlab_rails['registry_host'] = 'registry.example.net'
gitlab_rails['registry_port'] = 5050
gitlab_rails['registry_api_url'] = 'https://registry.example.net:5050'
gitlab_rails['registry_issuer'] = 'gitlab-issuer'
gitlab_rails['registry_key_path'] = '/srv/gitlab/registry.key'
