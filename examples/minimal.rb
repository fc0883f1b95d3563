# The least that a registry needs: GitLab's address and its own.
# TLS certificate and key: /etc/gitlab/ssl/registry.example.com.crt and .key
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
