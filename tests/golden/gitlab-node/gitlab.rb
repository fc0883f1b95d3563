# The registry runs elsewhere; this machine has GitLab.
external_url 'https://gitlab.example.com'
registry['enable'] = false
gitlab_rails['registry_enabled'] = true
gitlab_rails['registry_host'] = 'registry.example.com'
gitlab_rails['registry_port'] = '5050'
gitlab_rails['registry_api_url'] = 'https://registry.internal:5000'
gitlab_rails['registry_issuer'] = 'gitlab-issuer'
gitlab_rails['registry_key_path'] = '/home/git/gitlab/config/registry.key'
gitlab_rails['gitlab_default_projects_features_container_registry'] = false
gitlab_rails['smtp_enable'] = true
